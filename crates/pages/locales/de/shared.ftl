### Was mehrere Teile der Seiten sagen.

language-label = Sprache
moment-just-now = gerade eben
moment-minutes-ago = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
moment-hours-ago = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
moment-days-ago = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}
moment-minute = { $date } { $time } UTC
typed-confirm = Geben Sie zur Bestätigung <strong>{ $word }</strong> ein
span-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
span-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
span-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
span-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}

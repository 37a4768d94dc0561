### What several parts of the pages say.

language-label = Language
moment-just-now = just now
moment-minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
moment-hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
moment-days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
moment-minute = { $date } { $time } UTC
typed-confirm = Type <strong>{ $word }</strong> to confirm
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}

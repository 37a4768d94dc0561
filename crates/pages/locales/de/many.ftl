### Was mit vielen Dingen auf einmal getan wird.

many-select = Auswählen
many-tick = { $name } auswählen
many-select-page = Diese Seite auswählen
many-select-none = Keine auswählen
many-with-selected = Mit den ausgewählten
many-with-selected-2 = Mit den ausgewählten:
many-asked = { $verb }: { $things }
many-asked-2 = { $verb }: { $things }?
many-back-nothing = Zurück, ohne etwas zu tun
many-leave = Nicht tun
many-type = Geben Sie { $count } ein, um fortzufahren.
many-done = { $deed }: { $done } von { $all }
many-back-list = Zurück zur Liste
many-nothing-changed = Nichts wurde geändert.
many-which = Welche
many-outcome = Ergebnis
many-why-not = Warum nicht
many-not-done = Nicht getan
many-not-tried = Nicht versucht, wegen des vorherigen Fehlers.
many-applications = { $count ->
    [one] { $count } Anwendung
   *[other] { $count } Anwendungen
}
many-users = { $count ->
    [one] { $count } Benutzer
   *[other] { $count } Benutzer
}
many-families = { $count ->
    [one] { $count } Token-Familie
   *[other] { $count } Token-Familien
}
many-enabled = Aktiviert
many-end-sessions = Sitzungen beenden
many-signed-out = Abgemeldet
many-end = Beenden
many-ended = Beendet
many-disable-keys = Sie werden abgelehnt, bis sie wieder aktiviert werden.
many-enable-keys = Sie gelten wieder.
many-revoke-keys = Keine Anfrage mit einem von ihnen wird mehr durchgelassen, und was mit ihnen erworben wurde, endet. Das lässt sich nicht rückgängig machen.
many-disable-applications = Sie erhalten keine Token, und die vorhandenen gelten nicht, bis sie wieder aktiviert werden.
many-enable-applications = Sie erhalten wieder Token.
many-sign-users-out = In jedem Browser, in dem sie angemeldet sind, müssen sie sich erneut anmelden.
many-disable-users = Ihre Sitzungen und Token enden, und niemand kann sich mit diesen Konten anmelden, bis sie wieder aktiviert werden.
many-enable-users = Sie können sich wieder anmelden.
many-end-tokens = Wer eines davon verwendet, wird von da an abgelehnt, ebenso was dafür eingetauscht wurde. Das lässt sich nicht rückgängig machen.

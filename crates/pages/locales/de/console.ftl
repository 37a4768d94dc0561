### Die erste Seite der Konsole und die Nutzung.

overview-overview = Übersicht
overview-nothing-unusual-open = Es ist nichts Ungewöhnliches offen.
overview-what-found-before = Was früher festgestellt wurde
overview-all-findings = Alle Befunde
overview-make-workspace-first-keys-belong = <a href="{ $href }">Legen Sie zuerst einen Workspace an</a>: Schlüssel gehören zu einem.
overview-no-contract-loaded-api-appears = Es ist kein Vertrag geladen. Eine API erscheint hier, sobald ihre Vertragsdatei im Vertragsordner liegt.
overview-new-key = Neuer Schlüssel<span class="unseen"> für { $title }</span>
usage-requests = Anfragen: { $title }
usage-show = Anzeigen: { $title }
usage-nothing-yet-what-counted-stands = Noch nichts für { $title }. Was gezählt wird, steht hier innerhalb einer halben Minute.
usage-requests-2 = Anfragen
usage-half-answered-within = Die Hälfte beantwortet innerhalb von
usage-99-100-answered-within = 99 von 100 beantwortet innerhalb von
usage-let-through = durchgelassen
usage-refused = abgelehnt
usage-highest-bar = der höchste Balken steht für { $most }
usage-requests-them-refused-table-below = Anfragen, { $title }: { $requests }, davon { $refused } abgelehnt. Die Tabelle darunter enthält die Zahlen.
usage-now = jetzt
usage-refused-why = Abgelehnt, und warum
usage-same-table = Dasselbe als Tabelle
usage-half-within = Hälfte innerhalb von
usage-99-100-within = 99 von 100 innerhalb von
overview-scopes = { $count ->
    [0] Keine Scopes
    [one] { $count } Scope
   *[other] { $count } Scopes
}
usage-last-24-hours = die letzten 24 Stunden
usage-last-30-days = die letzten 30 Tage
usage-over-1-s = über 1 s
sign-ins-head = Anmeldungen: { $title }
sign-ins-who-signed-in = Wer sich angemeldet hat
sign-ins-what-looked-unusual = Was ungewöhnlich war
sign-ins-nobody = Niemand hat versucht, sich anzumelden: { $title }.
sign-ins-succeeded-key = gelungen
sign-ins-picture = Anmeldungen, { $title }: { $succeeded } gelungen, { $refused } abgelehnt. Die Tabellen darunter enthalten die Zahlen.
sign-ins-whose = Wessen
sign-ins-succeeded = Gelungen
sign-ins-wrong = Nicht richtig
sign-ins-wrong-code = Falscher Code
sign-ins-slowed = Zu viele Versuche
sign-ins-operators = Betreiber
sign-ins-members = Mitglieder von Workspaces
sign-ins-users-of = Benutzer von { $title }
usage-network = Netz
usage-bar = Anteil
usage-last-request = Letzte Anfrage
usage-other-networks = Andere, oder nicht bekannt
usage-from-where = Woher Anfragen kamen, auch abgelehnte

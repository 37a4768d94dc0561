### Was mehrere Teile der Seiten sagen.

word-access-requests = Zugangsanfragen
word-contact = Kontakt
word-api = API
word-asked = Angefragt
word-workspace = Workspace
word-id = ID
word-what = Was
word-when = Wann
word-by = Durch
word-company = Unternehmen
word-state = Status
word-docs = Dokumentation
word-apis = APIs
word-signing-keys = Signaturschlüssel
word-keys = Schlüssel
word-history = Verlauf
word-works = Gilt für
word-key = Schlüssel
word-scopes = Scopes
word-for = Zweck
word-audit-record = Audit-Protokoll
word-who = Wer
word-what-2 = Woran
word-all = Alle
word-show = Anzeigen
shared-what-done = Was getan wurde
word-from = Von
word-changed = Geändert
shared-set-up-authenticator = Authenticator einrichten
word-security = Sicherheit
shared-qr-code-secret-stands = QR-Code des Geheimnisses; es steht daneben als Text
shared-scan-picture-authenticator-app = Scannen Sie das Bild mit einer Authenticator-App oder geben Sie dieses Geheimnis dort ein:
shared-code-app-shows-now = Der Code, den die App jetzt anzeigt
shared-turn = Einschalten
word-cancel = Abbrechen
shared-skip-content = Zum Inhalt springen
word-new-key = Neuer Schlüssel
shared-register-application = Anwendung registrieren
word-applications = Anwendungen
word-client-id = Client-ID
word-runs = Läuft
shared-proves-itself = Weist sich aus durch
word-gets-tokens = Erhält Token
shared-may-ask = Darf anfordern
word-last-token = Letztes Token
word-registered = Registriert
shared-by = durch { $who }
word-secret = Secret
word-made = Erstellt
word-ends = Endet
word-change = Ändern
shared-show-new-secret = Neues Secret anzeigen
word-enable = Aktivieren
word-disable = Deaktivieren
word-delete = Löschen
shared-delete-good = Endgültig löschen
shared-make-one-first = Legen Sie zuerst einen an.
word-save = Speichern
shared-secret = Das Secret von { $name }
shared-store-now-shown-once = <strong>Speichern Sie es jetzt.</strong> Es wird nur dieses eine Mal angezeigt; wir behalten nur einen Fingerabdruck davon und können es nicht erneut anzeigen.
shared-i-stored = Ich habe es gespeichert
word-name = Name
word-kind = Art
word-password = Passwort
shared-allow-access-account = Zugriff auf Ihr Konto erlauben?
shared-wants = Sie möchte
shared-console-2 = Konsole
word-sign-out = Abmelden
word-may-do = Darf
word-findings = Befunde
word-open = Offen
word-acknowledged = Bestätigt
word-last-found = Zuletzt festgestellt
word-unusual-activity = Ungewöhnliche Aktivität
word-users = Benutzer
shared-what-users-allowed = Was Benutzer erlaubt haben
word-api-keys = API-Schlüssel
word-edit = Bearbeiten
word-none = keine
word-expires = Läuft ab
word-never = nie
word-created = Erstellt
word-last-used = Zuletzt verwendet
word-rotate = Rotieren
shared-there-no-key-yet = Es gibt noch keinen Schlüssel.
shared-make-first-one = Legen Sie den ersten an.
shared-ask-developer-workspace-make = Bitten Sie einen Entwickler dieses Workspace, einen anzulegen.
word-workspaces = Workspaces
word-over = über
word-newest-keys = Neueste Schlüssel
shared-unused = Unbenutzt
shared-keys-api-best-rotated-every = Schlüssel dieser API werden am besten alle { $age } rotiert
shared-soon = Bald
shared-keys-need-care = Schlüssel, um die Sie sich kümmern sollten
shared-looked-far = Die Seite endet früh: Ältere sind noch nicht angesehen.
shared-look-on = Weiter suchen
word-about = Betrifft
shared-evidence = Beleg
shared-minutes = Minuten
shared-done = Reaktion
shared-application = Anwendung
shared-user = Benutzer
shared-may = Darf
shared-allowed = Erlaubt
word-actions = Aktionen
shared-revoked = Widerrufen
shared-tokens = Token<span class="unseen"> von { $client } für { $user }</span>
shared-revoke-what-allowed = Widerrufen<span class="unseen">, was { $user } der Anwendung { $client } erlaubt hat</span>
shared-includes = Enthält
shared-addresses-may-used-from = Adressen, von denen er verwendet werden darf
shared-one-address-network-line-such = Eine Adresse oder ein Netz pro Zeile, etwa <code>192.0.2.7</code> oder <code>2001:db8::/32</code>. Leer lassen für beliebige.
shared-every-row-chained-one-before = Jede Zeile ist mit der vorherigen durch einen Schlüssel verkettet, den die Datenbank nicht enthält. Die Prüfung geht alle durch.
shared-note-earlier-check = Vermerk einer früheren Prüfung
shared-if-one-where-record-ended = Falls vorhanden: wo das Protokoll damals endete, als Zahl, Doppelpunkt und Hash.
shared-check-whole-record = Gesamtes Protokoll prüfen
word-request-access = Zugang anfragen
word-partner-portal = Partnerportal
word-thank = Vielen Dank
shared-portal = Zum Portal
word-e-mail-address = E-Mail-Adresse
shared-back-sign = Zurück zur Anmeldung
word-name-2 = Ihr Name
word-members = Mitglieder
word-address = Adresse
word-since = Seit
word-you = Sie
word-new-password = Neues Passwort
word-sign = Anmelden
shared-forgot-password = Passwort vergessen?
word-account = Ihr Konto
word-profile = Profil
word-sessions = Sitzungen
shared-new-e-mail-address = Neue E-Mail-Adresse
word-recovery-codes = Wiederherstellungscodes
shared-store-them-now-each = <strong>Speichern Sie sie jetzt.</strong> Jeder meldet Sie einmal an, wenn der Authenticator verloren ist. Sie werden nur dieses eine Mal angezeigt; frühere sind nichts mehr wert.
shared-i-stored-them = Ich habe sie gespeichert
word-authenticator = Authenticator
word-on = Ein
word-off = Aus
shared-make-new-recovery-codes = Neue Wiederherstellungscodes erstellen
shared-code-remove-authenticator = Ein Code, um den Authenticator zu entfernen
word-remove = Entfernen
shared-app-phone-shows-new = Eine App auf Ihrem Telefon zeigt alle halbe Minute einen neuen Code. Damit ist Ihr Passwort allein für einen Dieb wertlos.
shared-set-up = Einrichten
shared-change-password = Passwort ändern
word-allow = Erlauben
word-refuse = Ablehnen
shared-can-take-back-any = Sie können dies jederzeit unter <a href="{ $href }">Ihr Konto</a> zurücknehmen.
word-code = Code
word-continue = Weiter
word-refused = Abgelehnt
shared-account = Zu Ihrem Konto
shared-send-link = Link senden
shared-make-account = Konto erstellen
shared-e-mail-address = Ihre E-Mail-Adresse
word-disabled = Deaktiviert
word-active = Aktiv
word-address-proved = Adresse bestätigt
shared-what-they-allowed = Was sie erlaubt haben
word-webhooks = Webhooks
word-told = Benachrichtigt über
word-events = Ereignisse
word-everything = alles
shared-old-secret-signs-well = Das alte Secret signiert mit bis
word-attempts = Versuche
word-happened = Geschehen
word-next-attempt = Nächster Versuch
word-new-webhook = Neuer Webhook
word-suspended = Gesperrt
word-plan = Tarif
shared-each-api-s-default = Standard der jeweiligen API
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
shared-recovery-codes-left = { $count ->
    [one] Ein Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
shared-keys = { $count ->
    [one] { $count } Schlüssel
   *[other] { $count } Schlüssel
}
shared-keys-of = von { $api }: { $text }
nav-overview = Übersicht
nav-audit = Audit
nav-refusals = Ablehnungen
nav-menu = Menü
nav-consents = Einwilligungen
nav-nodes = Knoten
nav-settings = Einstellungen
nav-watch = Im Blick
nav-credentials = Zugangsdaten
nav-people = Personen
nav-set-up = Einrichtung
nav-record = Protokoll
notice-key-disabled-works-again-once = Der Schlüssel ist deaktiviert. Er gilt wieder, sobald Sie ihn aktivieren.
notice-key-enabled = Der Schlüssel ist aktiviert.
notice-key-revoked-no-request-let = Der Schlüssel ist widerrufen. Keine Anfrage mit ihm wird mehr durchgelassen.
notice-key-revoked-server-not-confirmed = Der Schlüssel ist widerrufen. Ein Server hat das noch nicht bestätigt und lehnt ihn innerhalb von Sekunden ab.
notice-shown-already-cannot-shown-again = Es wurde bereits angezeigt und kann nicht erneut angezeigt werden. Falls es nicht gespeichert wurde, erstellen Sie unten ein neues.
notice-nothing-chosen = Es war nichts ausgewählt. Kreuzen Sie an, was Sie meinen, und wählen Sie dann, was damit geschehen soll.
notice-workspace-ready-first-key = Der Workspace ist bereit für seinen ersten Schlüssel.
notice-workspace-suspended-none-keys-works = Der Workspace ist gesperrt. Keiner seiner Schlüssel gilt, bis er freigegeben wird.
notice-workspace-resumed-keys-work-again = Der Workspace ist freigegeben. Seine Schlüssel gelten wieder.
notice-plan-changed-limits-count-from = Der Tarif ist geändert. Seine Limits gelten ab der nächsten Anfrage.
notice-credits-given-can-spent = Das Guthaben ist gegeben und kann verbraucht werden.
notice-what-comes-each-month-changed = Was jeden Monat kommt, ist geändert.
notice-application-registered = Die Anwendung ist registriert.
notice-application-changed = Die Anwendung ist geändert.
notice-application-disabled-gets-no-tokens = Die Anwendung ist deaktiviert. Sie erhält keine Token, und die vorhandenen gelten nicht, bis Sie sie aktivieren.
notice-application-enabled = Die Anwendung ist aktiviert.
notice-application-gone-grants-tokens = Die Anwendung ist gelöscht, mit ihren Einwilligungen und Token.
notice-user-disabled-their-sessions-tokens = Der Benutzer ist deaktiviert. Seine Sitzungen und Token sind beendet, und niemand kann sich mit diesem Konto anmelden.
notice-user-enabled-can-sign-again = Der Benutzer ist aktiviert und kann sich wieder anmelden.
notice-user-gone-sessions-grants-tokens = Der Benutzer ist gelöscht, mit Sitzungen, Einwilligungen und Token.
notice-session-ended = Die Sitzung ist beendet.
notice-every-session-ended = Jede Sitzung ist beendet.
notice-link-new-password-way-works = Ein Link für ein neues Passwort ist unterwegs. Er funktioniert 15 Minuten lang.
notice-grant-revoked-tokens-ended-user = Die Einwilligung ist widerrufen. Ihre Token sind beendet, und der Benutzer wird erneut gefragt.
notice-tokens-ended-all-bought-them = Die Token sind beendet, mit allen, die mit ihnen erworben wurden.
notice-every-token-session-key-ended = Jedes Token und jede Sitzung dieses Schlüssels ist beendet. Der Schlüssel selbst gilt und kann neue erwerben.
notice-next-key-announced-signs-soon = Der nächste Schlüssel ist angekündigt. Er signiert, sobald alle, die Token prüfen, ihn kennen können.
notice-new-key-signs-from-now = Der neue Schlüssel signiert ab sofort. Was frühere Schlüssel signiert haben, gilt weiter.
notice-contracts-reloaded = Die Verträge sind geladen. Was sie sagen, gilt ab der nächsten Anfrage.
notice-nothing-reloaded = Nichts, was gut ist, hat sich geändert; daher wurde nichts geladen.
notice-key-changed-next-request-judged = Der Schlüssel ist geändert. Die nächste Anfrage mit ihm wird danach beurteilt, was er jetzt ist.
notice-step-checked = Der Schritt ist geprüft.
notice-access-given-invitation-contact-way = Der Zugang ist gewährt. Die Einladung an den Kontakt ist unterwegs.
notice-request-declined-reason-way-contact = Die Anfrage ist abgelehnt. Die Begründung ist unterwegs zum Kontakt.
notice-invitation-way-link-works-once = Die Einladung ist unterwegs. Ihr Link funktioniert einmal, sieben Tage lang.
notice-invitation-sent-again-link-one = Die Einladung ist erneut gesendet. Der Link der vorherigen gilt nicht mehr.
notice-invitation-withdrawn-link-ended = Die Einladung ist zurückgezogen. Ihr Link gilt nicht mehr.
notice-role-changed-force-their-next = Die Rolle ist geändert und gilt ab der nächsten Anfrage des Mitglieds.
notice-they-no-member-any-more = Die Person ist kein Mitglied mehr; das gilt ab ihrer nächsten Anfrage.
notice-welcome-member-workspace-now = Willkommen. Sie sind jetzt Mitglied dieses Workspace.
notice-webhook-changed-what-waits-sent = Der Webhook ist geändert. Was wartet, wird an seine jetzige Adresse gesendet.
notice-test-way-look-again-moment = Der Test ist unterwegs. Sehen Sie gleich noch einmal nach, wie er ausging.
notice-webhook-disabled-told-nothing-until = Der Webhook ist deaktiviert und wird über nichts benachrichtigt, bis Sie ihn aktivieren.
notice-webhook-enabled-told-what-happens = Der Webhook ist aktiviert. Er wird über alles benachrichtigt, was ab jetzt geschieht.
notice-webhook-gone-messages = Der Webhook ist gelöscht, mit seinen Nachrichten.
notice-message-sent-again-look-again = Die Nachricht wird erneut gesendet. Sehen Sie gleich noch einmal nach, wie es ausging.
notice-whatever-given-up-sent-again = Alles Aufgegebene wird erneut gesendet.
notice-password-saved-sign = Das Passwort ist gespeichert. Melden Sie sich damit an.
notice-finding-acknowledged-opens-again-if = Der Befund ist bestätigt. Er wird wieder geöffnet, wenn dasselbe nach einer Stunde Ruhe erneut festgestellt wird.
notice-restriction-lifted-key-works-before = Die Einschränkung ist aufgehoben. Der Schlüssel gilt wie zuvor.
notice-authenticator-removed-password-alone-signs = Der Authenticator ist entfernt. Ihr Passwort allein meldet Sie jetzt an.
notice-done-when-sign-asked-code = Fertig. Wenn Sie sich anmelden, werden Sie zusätzlich nach einem Code gefragt.
author-command-line = die Kommandozeile
author-server = den Server
enrolment-code-wrong-used-already-wait = Dieser Code ist falsch oder wurde bereits verwendet. Warten Sie auf den nächsten.
error-did-not-work = Das hat nicht funktioniert
error-sign-first = Melden Sie sich zuerst an
error-not-allowed = Nicht erlaubt
error-not-found = Nicht gefunden
error-changed-meanwhile = Es hat sich inzwischen geändert
error-too-fast = Zu schnell
error-not-available-right-now = Zurzeit nicht verfügbar
error-something-broke = Etwas ist schiefgegangen
error-part-page-needs-does-not = Ein Teil, den diese Seite braucht, antwortet nicht. Versuchen Sie es gleich noch einmal.
error-our-fault-log-details-under = Das liegt an uns. Das Log enthält die Einzelheiten unter der ID der Anfrage.
environment-live = live
environment-test = Test
notice-overlap-ended = Die Übergangszeit ist zu Ende. Es gilt nur noch die neueste Version.

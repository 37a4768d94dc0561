### Benutzer, Einwilligungen und Token.

grants-consents = Einwilligungen
grants-revoking-one-ends-tokens-once = Wird eine widerrufen, enden ihre Token sofort; der Benutzer wird beim nächsten Mal erneut gefragt.
grants-filter-consents = Einwilligungen filtern
grants-user-s-id = ID des Benutzers
grants-application-s-id = ID der Anwendung
grants-nothing-like-allowed = Nichts dergleichen wurde erlaubt.
grants-show-all = Alle anzeigen.
grants-no-user-allowed-application-anything = Noch hat kein Benutzer einer Anwendung etwas erlaubt. Es erscheint hier nach der ersten Einwilligung.
grants-older-consents = Ältere Einwilligungen
tokens-tokens = Token
tokens-back = Zurück: { $what }
tokens-everything-bought-token-exchanged-another = Alles, was damit erworben wurde: { $what }. Ein Token, das gegen ein anderes getauscht wurde, steht darunter und endet mit ihm.
tokens-nothing-bought-yet-long-ago = Damit wurde noch nichts erworben, oder es ist lange her: { $what }.
tokens-family = Familie
tokens-session = Sitzung
tokens-bought = Erworben
tokens-exchanged = getauscht:
tokens-end = Beenden<span class="unseen">: { $id }</span>
tokens-end-all-them = Alle beenden
tokens-ends-every-token-session-key = Beendet sofort jedes Token und jede Sitzung dieses Schlüssels. Wer eines verwendet, wird von da an abgelehnt; der Schlüssel selbst gilt weiter und kann neue erwerben.
tokens-end-all = Alle beenden
tokens-older-tokens = Ältere Token
user-about-user = Über diesen Benutzer
user-not-yet = noch nicht
user-signs = Meldet sich an mit
user-another-service = einem anderen Dienst
user-acts = Handelt für
user-most = Höchstens
user-their-tokens = Token des Benutzers
user-not-signed-anywhere = Nirgends angemeldet.
user-browser = Browser
user-last-seen = Zuletzt gesehen
user-unknown = Unbekannt
user-end-session-since = Beenden<span class="unseen">: die Sitzung, begonnen { $text }</span>
user-no-application-their-consent = Keine Anwendung hat eine Einwilligung.
user-help-change = Helfen und ändern
user-sends-link-works-15-minutes = Sendet einen Link an { $email }, der 15 Minuten lang funktioniert. Das bisherige Passwort gilt bis dahin weiter.
user-sign-out-everywhere = Überall abmelden
user-ends-every-session-tokens-bought = Beendet jede Sitzung und Token, die mit dem Passwort erworben wurden. Was Anwendungen erlaubt wurde, gilt weiter.
user-end-every-session = Jede Sitzung beenden
user-lets-them-sign-again-what = Erlaubt wieder die Anmeldung. Was beendet wurde, bleibt beendet.
user-ends-sessions-tokens-nobody-can = Beendet Sitzungen und Token, und niemand kann sich mit diesem Konto anmelden, bis Sie es wieder aktivieren.
user-removes-user-sessions-consents-tokens = Entfernt den Benutzer mit Sitzungen, Einwilligungen und Token. Das lässt sich nicht rückgängig machen.
users-no-contract-loaded-users-give = Kein geladener Vertrag hat Benutzer: Geben Sie einem einen Autorisierungsendpunkt, und seine Benutzer erscheinen hier, sobald sie sich registrieren.
users-filter-users = Benutzer filtern
users-no-users-yet-they-sign = { $title } hat noch keine Benutzer. Sie registrieren sich selbst oder werden mit <code>POST /v1/users</code> angelegt.
users-no-user-address-like = Kein Benutzer von { $title } hat eine solche Adresse.
users-proved = Bestätigt
users-yes = Ja
users-no = nein
users-older-users = Ältere Benutzer
users-none-so-far = Bisher niemand dergleichen.
user-type-to-delete = Geben Sie „{ $name }“ ein, um diesen Benutzer zu löschen.
user-password = einem Passwort
user-authenticator = { $left ->
    [one] einem Authenticator, noch { $left } Wiederherstellungscode übrig
   *[other] einem Authenticator, noch { $left } Wiederherstellungscodes übrig
}
user-passkey = dem Passkey „{ $name }“
tokens-working = Gültig
tokens-expired = Abgelaufen
tokens-ended = Beendet
tokens-key = dieser Schlüssel
tokens-application = diese Anwendung
tokens-user = dieser Benutzer
tokens-grant = diese Einwilligung

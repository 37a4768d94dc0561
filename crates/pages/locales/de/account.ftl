### Das eigene Konto eines Benutzers.

account-applications-connected-applications = Verbundene Anwendungen
account-applications-what-allowed-act-take-back = Was Sie für sich handeln lassen. Nehmen Sie es zurück, so endet es sofort.
account-applications-no-application-access-account = Keine Anwendung hat Zugriff auf Ihr Konto.
account-applications-since = Erlaubt { $since }
account-applications-last-used = zuletzt verwendet { $moment }
account-applications-never-used = nie verwendet
account-applications-take-back-access = Zugriff zurücknehmen<span class="unseen"> für { $name }</span>
account-new-address-sign-address-which-link-sent = Melden Sie sich ab jetzt mit der Adresse an, an die dieser Link gesendet wurde, und nicht mehr mit <strong>{ $email }</strong>?
account-new-address-use-new-address = Neue Adresse verwenden
account-new-address-leave = So lassen, wie sie ist
account-profile-applications-see-if-let-them = Anwendungen sehen ihn, wenn Sie es ihnen erlauben.
account-profile-confirmed = Bestätigt
account-profile-not-confirmed = Nicht bestätigt
account-profile-send-me-link-confirm = Link zur Bestätigung senden
account-profile-we-send-link-until-follow = Wir senden einen Link dorthin. Bis Sie ihm folgen, bleibt alles, wie es ist.
account-profile-password = Ihr Passwort
account-profile-change-address = Adresse ändern
account-security-passkeys = Passkeys
account-security-sign-fingerprint-face-security-key = Melden Sie sich mit Ihrem Fingerabdruck, Ihrem Gesicht oder einem Sicherheitsschlüssel an. So kann kein Passwort gestohlen werden.
account-security-added = Hinzugefügt { $created }
account-security-last-used = , zuletzt verwendet { $moment }
account-security-never-used = , nie verwendet
account-security-remove = Entfernen<span class="unseen">: { $name }</span>
account-security-name-new-passkey = Name des neuen Passkeys
account-security-my-laptop = Mein Laptop
account-security-add-passkey = Passkey hinzufügen
account-security-add-one-browser-allow-scripts = Um einen hinzuzufügen, muss Ihr Browser auf dieser Seite Skripte erlauben.
account-security-when-sign-password-asked-code = Wenn Sie sich mit Ihrem Passwort anmelden, werden Sie zusätzlich nach einem Code Ihres Authenticators gefragt.
account-security-other-services = Andere Dienste
account-security-sign-here-account-elsewhere = Melden Sie sich hier mit einem Konto an, das Sie anderswo haben.
account-security-connected = Verbunden { $moment }
account-security-disconnect = Trennen<span class="unseen">: { $title }</span>
account-security-connect = Verbinden<span class="unseen">: { $title }</span>
account-security-present-password = Bisheriges Passwort
account-security-least-12-characters-everywhere-else = Mindestens 12 Zeichen. Überall sonst werden Sie abgemeldet, und verbundene Anwendungen müssen Sie erneut fragen.
account-sessions-where-signed = Wo Sie angemeldet sind
account-sessions-sign-out-everywhere-else = Überall sonst abmelden
account-sessions-browser = Dieser Browser
account-sessions-signed-last-seen = angemeldet { $created } · zuletzt gesehen { $last-seen }
account-sessions-end-session = Beenden<span class="unseen">: die Sitzung von { $device }</span>
agent-unknown = Unbekanntes Gerät
agent-browser = { $browser } unter { $system }
account-not-password = Das ist nicht Ihr Passwort.
account-address-already = Das ist bereits Ihre Adresse.
account-passkey = Passkey
account-browser-not-made-passkey = Ihr Browser hat keinen Passkey erstellt.
account-passkey-cannot-used-here = Dieser Passkey kann hier nicht verwendet werden.
account-took-too-long-please-try = Das hat zu lange gedauert. Bitte versuchen Sie es erneut.
account-security-none-can-be-added = Hier kann kein Passkey hinzugefügt werden. Passkeys gehören zu einem Hostnamen, nicht zu einer bloßen Adresse wie 127.0.0.1, und ein Konto hat höchstens 20.

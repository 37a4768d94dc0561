### Das Partnerportal.

portal-access-asked-request-way-us-mail-link = Ihre Anfrage ist auf dem Weg zu uns. Eine E-Mail mit einem Link dazu ist auf dem Weg zu Ihnen: Dort sehen Sie, wie es darum steht.
portal-access-asked-no-mail-within-some-minutes = Nach einigen Minuten noch keine E-Mail? Sehen Sie im Spam-Ordner nach. Eine Adresse kann dreimal am Tag anfragen.
portal-access-status-request-access = Ihre Zugangsanfrage
portal-access-status-approved-invitation-workspace-came-mail = Sie wurde genehmigt. Eine Einladung in Ihren Workspace kam per E-Mail: Nehmen Sie sie an, so werden Ihnen Ihre ersten Schlüssel einmalig angezeigt.
portal-access-status-declined = Sie wurde abgelehnt.
portal-access-status-we-looking-get-mail-when = Wir prüfen sie. Sie erhalten eine E-Mail, sobald entschieden ist.
portal-access-status-decided = Entschieden
portal-forgot-password-new-password = Ein neues Passwort
portal-forgot-password-if-member-address-link-way = Falls ein Mitglied die Adresse { $email } hat, ist ein Link dorthin unterwegs. Er funktioniert 15 Minuten lang.
portal-forgot-password-send-me-link = Link an mich senden
portal-invitation-join = { $workspace } beitreten
portal-invitation-invited = Sie wurden als <strong>{ $role }</strong> eingeladen.
portal-invitation-signed-so-all = Sie sind angemeldet, das ist also alles.
portal-invitation-account-type-password-join = Sie haben ein Konto: Geben Sie dessen Passwort ein, um beizutreten.
portal-invitation-choose-password-make-account = Wählen Sie ein Passwort, um Ihr Konto zu erstellen.
portal-invitation-one-sign = Das, mit dem Sie sich anmelden.
portal-invitation-least-12-characters-few-words = Mindestens 12 Zeichen; gut sind einige Wörter, die keine Redensart sind.
portal-invitation-join-2 = Beitreten
portal-members-invite-somebody = Jemanden einladen
portal-members-invite-somebody-mail = Jemanden per E-Mail einladen
portal-members-name-example-com = name@example.com
portal-members-as = Als
portal-members-send-invitation = Einladung senden
portal-members-invited = Eingeladen
portal-members-role = Rolle
portal-members-sent = Gesendet
portal-members-expired = Abgelaufen
portal-members-waiting = Wartet
portal-members-way = unterwegs
portal-members-send-again = Erneut senden<span class="unseen"> an { $email }</span>
portal-members-withdraw-invitation = Zurückziehen<span class="unseen">: die Einladung von { $email }</span>
portal-members-workspace = In diesem Workspace
portal-members-member = Mitglied
portal-members-role-2 = Rolle von { $email }
portal-members-change-role = Ändern<span class="unseen">: die Rolle von { $email }</span>
portal-members-leave = Verlassen
portal-members-remove = Entfernen<span class="unseen">: { $email }</span>
portal-overview-workspace-suspended-none-keys-works = Dieser Workspace ist gesperrt. Keiner seiner Schlüssel funktioniert, bis der Anbieter ihn wieder freigibt.
portal-overview-request-access-approved-key-made = Ihre Zugangsanfrage wurde genehmigt. Der Schlüssel wird erstellt, wenn Sie ihn ansehen, und nur dieses eine Mal angezeigt.
portal-overview-show-me-once = Einmalig anzeigen
portal-overview-active-keys = Aktive Schlüssel
portal-overview-role = Ihre Rolle
portal-overview-there-no-active-key = Es gibt keinen aktiven Schlüssel.
portal-request-access-tell-us-who-what-want = Sagen Sie uns, wer Sie sind und was Sie entwickeln möchten. Wir sehen es uns an und schreiben Ihnen, wie entschieden wurde.
portal-request-access-there-no-api-ask-moment = Zurzeit gibt es keine API, für die Sie anfragen könnten.
portal-request-access-environments = Umgebungen
portal-request-access-test-build-against = Test <span class="hint">Zum Entwickeln.</span>
portal-request-access-live-real-data = Live <span class="hint">Echte Daten.</span>
portal-request-access-what = Wofür
portal-request-access-what-build-whom-which-data = Was Sie entwickeln, für wen, und welche Daten es braucht.
portal-request-access-send-request = Anfrage senden
portal-request-access-i-account = Ich habe ein Konto
portal-reset-password-choose-password = Passwort wählen
portal-reset-password-least-12-characters-signed-out = Mindestens 12 Zeichen. Sie werden überall abgemeldet.
portal-reset-password-save-password = Passwort speichern
portal-sign-in-sign-portal = Im Portal anmelden
portal-sign-in-new-here-people-work-send = Neu hier? Ihre Kollegen senden Ihnen eine Einladung per E-Mail.
portal-sign-in-request-access = Oder fragen Sie Zugang an.
portal-workspaces-workspaces = Ihre Workspaces
portal-workspaces-not-member-any-workspace-moment = Sie sind zurzeit in keinem Workspace Mitglied. Bitten Sie ein Mitglied, { $email } einzuladen.
portal-workspaces-suspended = · gesperrt
portal-workspaces-signed = Angemeldet als { $email }
portal-overview-first-key = Ihr erster Schlüssel für { $api }
role-owner = Inhaber
role-admin = Administrator
role-developer = Entwickler
role-viewer = Betrachter
portal-choose-api = Wählen Sie eine API.
portal-members-choose-role = Wählen Sie eine Rolle.
portal-members-everything-owners-included = Alles, auch die Inhaber.
portal-members-keys-members-but-no-owners = Schlüssel und Mitglieder, aber keine Inhaber.
portal-members-makes-changes-revokes-keys = Erstellt, ändert und widerruft Schlüssel.
portal-members-looks-everything-changes-nothing = Sieht alles, ändert nichts.
portal-page-out-date-please-try = Diese Seite war veraltet. Bitte versuchen Sie es erneut.
portal-test-clock-test-clock = Testuhr
portal-test-clock-overview = Übersicht
portal-test-clock-put-clock-test-environment-ahead = Stellen Sie die Uhr Ihrer Testumgebung vor, um Ihre Programme auf Schlüssel, Token und Sitzungen treffen zu lassen, die geendet haben, ohne darauf zu warten.
portal-test-clock-test-clock-ahead-what-workspace = Die Testuhr geht { $ahead } vor. Was dieser Workspace vor { $since } in der Testumgebung hatte, gilt als um so viel älter.
portal-test-clock-shows-real-time = Sie zeigt die wirkliche Zeit.
portal-test-clock-what-test-environment-now-seen = Was Sie jetzt in der Testumgebung haben, gilt als um so viel älter; was über sein Ende hinaus ist, wird abgelehnt.
portal-test-clock-what-made-afterwards-such-next = Was danach erstellt wird, etwa das nächste Token, trägt die wirkliche Zeit und gilt.
portal-test-clock-nothing-live-ever-sees-clock = Nichts Echtes sieht diese Uhr je. Ein Zurücksetzen der Testumgebung stellt sie zurück.
portal-test-clock-signed-tokens-server-checks-itself = Signierte Token, die ein Server selbst prüft, können ihr nicht folgen.
portal-test-clock-put-ahead = Vorstellen
portal-test-clock-return = Zurückstellen
portal-test-clock-what-ended-clock-only-works = Was nur nach dieser Uhr geendet hat, gilt wieder.
portal-test-clock-show-real-time = Wirkliche Zeit zeigen
portal-test-clock-developer-workspace-can-put-ahead = Ein Entwickler dieses Workspace kann sie vorstellen.
portal-overview-test-environment = Testumgebung
portal-overview-clock = Die <a href="{ $base }/test-clock">Testuhr</a> geht { $ahead } vor, seit { $since }.
portal-overview-try-clock = Um Ihre Programme auf Beendetes treffen zu lassen, stellen Sie die <a href="{ $base }/test-clock">Testuhr</a> vor.
portal-overview-reset = zurückgesetzt: { $schedule }
portal-overview-keys-revoked = Schlüssel werden dann widerrufen
portal-overview-keys-work = Schlüssel gelten weiter

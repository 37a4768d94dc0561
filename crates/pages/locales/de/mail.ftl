### Mails.

mail-verification-subject = { $title }: Ist das Ihre Adresse?
mail-verification =
    Guten Tag,

    jemand hat sich mit dieser Adresse bei { $title } registriert. Wenn Sie das waren, öffnen Sie
    innerhalb von 24 Stunden diesen Link, um zu bestätigen, dass die Adresse Ihre ist:

    { $link }

    Wenn Sie es nicht waren, müssen Sie nichts tun.
mail-reset-subject = { $title }: ein neues Passwort
mail-reset =
    Guten Tag,

    jemand hat ein neues Passwort für Ihr Konto bei { $title } angefordert. Wenn Sie das waren, öffnen
    Sie innerhalb von 15 Minuten diesen Link und wählen Sie eines:

    { $link }

    Wenn Sie es nicht waren, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist.
mail-account-there-subject = { $title }: Sie haben ein Konto
mail-account-there =
    Guten Tag,

    jemand hat sich mit dieser Adresse bei { $title } registriert; sie hat dort bereits ein Konto.
    Wenn Sie das waren, melden Sie sich wie gewohnt an. Wenn Sie Ihr Passwort nicht wissen, öffnen Sie
    innerhalb von 15 Minuten diesen Link und wählen Sie ein neues:

    { $link }

    Wenn Sie es nicht waren, müssen Sie nichts tun.
mail-new-address-subject = { $title }: Ist das Ihre neue Adresse?
mail-new-address =
    Guten Tag,

    jemand, der bei { $title } angemeldet ist, möchte dort künftig diese Adresse verwenden. Wenn Sie
    das waren, öffnen Sie innerhalb einer Stunde diesen Link, in dem Browser, in dem Sie angemeldet sind:

    { $link }

    Wenn Sie es nicht waren, müssen Sie nichts tun.
mail-address-in-use =
    Guten Tag,

    jemand wollte diese Adresse für ein anderes Konto bei { $title } verwenden. Sie hat dort bereits
    ein Konto, deshalb wurde nichts geändert. Wenn Sie das waren, melden Sie sich wie gewohnt mit
    dieser Adresse an.

    Wenn Sie es nicht waren, müssen Sie nichts tun.
mail-address-changed-subject = { $title }: Ihr Konto hat eine andere Adresse
mail-address-changed =
    Guten Tag,

    Ihr Konto bei { $title } hat seit eben eine andere E-Mail-Adresse. Diese hier wird nicht mehr
    verwendet: Sie melden sich mit der neuen an.

    Wenn Sie das nicht waren, war jemand anders in Ihrem Konto angemeldet. Schreiben Sie sofort denen,
    die { $title } betreiben.
mail-invitation-subject = Claviger: Einladung zu { $workspace }
mail-invitation =
    Guten Tag,

    Sie sind eingeladen, dem Workspace { $workspace } als { $role } beizutreten. Öffnen Sie innerhalb
    von sieben Tagen diesen Link, um anzunehmen:

    { $link }

    Wenn Sie damit nicht gerechnet haben, müssen Sie nichts tun.
mail-access-received-subject = Claviger: Ihre Zugangsanfrage
mail-access-received =
    Guten Tag,

    jemand hat mit dieser Adresse Zugang angefragt. Wir sehen uns das an und schreiben Ihnen wieder.
    Bis dahin können Sie hier sehen, wie es steht:

    { $link }

    Wenn Sie es nicht waren, müssen Sie nichts tun.
mail-access-declined-subject = Claviger: zu Ihrer Zugangsanfrage
mail-access-declined =
    Guten Tag,

    wir können Ihnen den angefragten Zugang nicht geben:

    { $reason }

    Ihre Anfrage finden Sie hier:

    { $link }
mail-finding-subject = Claviger: { $title }
mail-finding =
    Guten Tag,

    { $title }: { $subject }

    { $evidence }.

    Was die Regel sieht: { $sees }

    Was es sonst sein kann: { $innocent }

    { $done }

    { $link }
mail-finding-nothing-done = Es wurde nichts unternommen.
mail-finding-slowed = Der Schlüssel wurde auf eine Anfrage je Sekunde gebremst, bis Sie das aufheben.
mail-finding-reads = Der Schlüssel darf nur noch lesen, bis Sie das aufheben.
mail-finding-revoked = Der Schlüssel wurde widerrufen.
mail-finding-goes-on = Der Schlüssel funktioniert weiterhin.
mail-finding-slowed-until = Der Schlüssel wurde auf eine Anfrage je Sekunde gebremst, bis das aufgehoben wird.
mail-finding-reads-until = Der Schlüssel darf nur noch lesen, bis das aufgehoben wird.
mail-finding-replace = Erstellen Sie einen neuen Schlüssel und setzen Sie ihn an die Stelle des alten.
mail-finding-replace-now = Erstellen Sie einen neuen Schlüssel, setzen Sie ihn an die Stelle des alten und widerrufen Sie den alten jetzt.
mail-finding-find-out = Finden Sie heraus, ob Sie es waren; wenn nicht, erstellen Sie einen neuen Schlüssel und widerrufen Sie diesen. Nur Ihr Anbieter kann das aufheben.
mail-finding-caretaker =
    { $done } { $advice }

    Sie erhalten diese Nachricht als Inhaber oder Admin des Workspace, zu dem der Schlüssel gehört.
mail-webhook-disabled-subject = Claviger: Der Webhook { $name } ist ausgeschaltet
mail-webhook-disabled =
    Guten Tag,

    der Webhook { $name } bei { $host } ist ausgeschaltet. { $why }
    Ihm wird nichts mehr gemeldet. Was er bis jetzt versäumt hat, wird aufbewahrt und kann erneut
    gesendet werden, sobald er eingeschaltet ist:

    { $link }
mail-webhook-by-hand = Jemand hat ihn ausgeschaltet.
mail-webhook-failures = Seit Tagen hat er keine der Nachrichten angenommen, die ihm gesendet wurden.
mail-webhook-gone = Er antwortete 410: Diesen Endpunkt gibt es nicht mehr.
mail-keys-month = innerhalb von 30 Tagen
mail-keys-week = innerhalb von 7 Tagen
mail-keys-day = innerhalb eines Tages
mail-key-ending-subject = Claviger: Der Schlüssel „{ $name }“ von { $workspace } endet { $when }
mail-keys-ending-subject = Claviger: { $count } Schlüssel von { $workspace } enden { $when }
mail-keys-ending =
    Guten Tag,

    diese Schlüssel des Workspace { $workspace } für { $api } enden bald:
mail-keys-one = { $name }, am { $at }
mail-keys-more = und { $count } weitere.
mail-keys-advice =
    Was dann noch einen solchen Schlüssel verwendet, wird abgelehnt. Geben Sie ihm ein anderes Ende, oder
    erstellen Sie einen neuen und ersetzen Sie den alten vorher. Sie erhalten diese Nachricht als Inhaber
    oder Admin des Workspace.

### Mails.

mail-verification-subject = { $title }: is this your address?
mail-verification =
    Hello,

    somebody signed up for { $title } with this address. If it was you, open this link
    within 24 hours to say that the address is yours:

    { $link }

    If it was not you, you need not do anything.
mail-reset-subject = { $title }: a new password
mail-reset =
    Hello,

    somebody asked for a new password for your account at { $title }. If it was you, open this
    link within 15 minutes and choose one:

    { $link }

    If it was not you, you need not do anything: your password stays as it is.
mail-account-there-subject = { $title }: you have an account
mail-account-there =
    Hello,

    somebody signed up for { $title } with this address, which has an account there already.
    If it was you, sign in as usual. If you do not know your password, open this link within
    15 minutes and choose a new one:

    { $link }

    If it was not you, you need not do anything.
mail-new-address-subject = { $title }: is this your new address?
mail-new-address =
    Hello,

    somebody who is signed in at { $title } wants to use this address there from now on. If it was
    you, open this link within an hour, in the browser in which you are signed in:

    { $link }

    If it was not you, you need not do anything.
mail-address-in-use =
    Hello,

    somebody wanted to use this address for another account at { $title }. It has an account there
    already, so nothing was changed. If it was you, sign in with this address as usual.

    If it was not you, you need not do anything.
mail-address-changed-subject = { $title }: your account has another address
mail-address-changed =
    Hello,

    your account at { $title } has another e-mail address since a moment ago. This one is not used
    any more: you sign in with the new one.

    If it was not you, somebody else was signed in to your account. Write to those who run { $title }
    at once.
mail-invitation-subject = Claviger: join { $workspace }
mail-invitation =
    Hello,

    you were invited to join the workspace { $workspace } as { $role }. Open this link within seven
    days to accept:

    { $link }

    If you did not expect this, you need not do anything.
mail-access-received-subject = Claviger: your request for access
mail-access-received =
    Hello,

    somebody asked for access with this address. We look at it and write to you again. Until then you
    can see how it stands here:

    { $link }

    If it was not you, you need not do anything.
mail-access-declined-subject = Claviger: about your request for access
mail-access-declined =
    Hello,

    we cannot give you the access that you asked for:

    { $reason }

    Your request is here:

    { $link }
mail-finding-subject = Claviger: { $title }
mail-finding =
    Hello,

    { $title }: { $subject }

    { $evidence }.

    What the rule sees: { $sees }

    What else it may be: { $innocent }

    { $done }

    { $link }
mail-finding-nothing-done = Nothing was done about it.
mail-finding-slowed = The key was slowed down to one request a second until you lift that.
mail-finding-reads = The key only reads until you lift that.
mail-finding-revoked = The key was revoked.
mail-finding-goes-on = The key goes on working.
mail-finding-slowed-until = The key was slowed down to one request a second until that is lifted.
mail-finding-reads-until = The key only reads until that is lifted.
mail-finding-replace = Make a new key and put it where the old one was.
mail-finding-replace-now = Make a new key, put it where the old one was, and revoke the old one now.
mail-finding-find-out = Find out whether it was you; if not, make a new key and revoke this one. Only your provider can lift it.
mail-finding-caretaker =
    { $done } { $advice }

    You are written to because you are an owner or an admin of the workspace that the key is of.
mail-webhook-disabled-subject = Claviger: the webhook { $name } is disabled
mail-webhook-disabled =
    Hello,

    the webhook { $name } at { $host } is disabled. { $why }
    It is told of nothing more. What it missed until now is kept and can be sent again once it is
    enabled:

    { $link }
mail-webhook-by-hand = Somebody disabled it.
mail-webhook-failures = For days it took none of the messages that were sent to it.
mail-webhook-gone = It answered 410: there is no such endpoint any more.
mail-keys-month = within 30 days
mail-keys-week = within 7 days
mail-keys-day = within a day
mail-key-ending-subject = Claviger: the key “{ $name }” of { $workspace } ends { $when }
mail-keys-ending-subject = Claviger: { $count } keys of { $workspace } end { $when }
mail-keys-ending =
    Hello,

    these keys of the workspace { $workspace } for { $api } end soon:
mail-keys-one = { $name }, at { $at }
mail-keys-more = and { $count } more.
mail-keys-advice =
    What still uses a key then is refused. Give it another end, or make a new key and replace the old
    one before. You are written to because you are an owner or an admin of the workspace.

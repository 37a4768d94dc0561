### What is done to many things at once.

many-select = Select
many-tick = Select { $name }
many-select-page = Select this page
many-select-none = Select none
many-with-selected = With those selected
many-with-selected-2 = With those selected:
many-asked = { $verb } { $things }
many-asked-2 = { $verb } { $things }?
many-back-nothing = Back, and do nothing
many-leave = Leave it
many-type = Type { $count } to go on.
many-done = { $deed }: { $done } of { $all }
many-back-list = Back to the list
many-nothing-changed = Nothing was changed.
many-which = Which
many-outcome = Outcome
many-why-not = Why not
many-not-done = Not done
many-not-tried = Not tried, because of the one before.
many-applications = { $count ->
    [one] { $count } application
   *[other] { $count } applications
}
many-users = { $count ->
    [one] { $count } user
   *[other] { $count } users
}
many-families = { $count ->
    [one] { $count } family of tokens
   *[other] { $count } families of tokens
}
many-enabled = Enabled
many-end-sessions = End sessions
many-signed-out = Signed out
many-end = End
many-ended = Ended
many-disable-keys = They are refused until they are enabled again.
many-enable-keys = They work again.
many-revoke-keys = No request with any of them is let through any more, and what was bought with them ends. This cannot be taken back.
many-disable-applications = They get no tokens, and those they have do not work, until they are enabled again.
many-enable-applications = They get tokens again.
many-sign-users-out = Every browser in which they are signed in has to sign in again.
many-disable-users = Their sessions and tokens end, and nobody can sign in as them until they are enabled again.
many-enable-users = They can sign in again.
many-end-tokens = Whoever uses one of them is refused from then on, and so is what was exchanged for it. This cannot be taken back.

### Users, consents and tokens.

grants-consents = Consents
grants-revoking-one-ends-tokens-once = Revoking one ends its tokens at once; the user is asked again the next time.
grants-filter-consents = Filter consents
grants-user-s-id = User's id
grants-application-s-id = Application's id
grants-nothing-like-allowed = Nothing like that was allowed.
grants-show-all = Show all.
grants-no-user-allowed-application-anything = No user has allowed an application anything yet. It appears here after the first consent.
grants-older-consents = Older consents
tokens-tokens = Tokens
tokens-back = Back to { $what }
tokens-everything-bought-token-exchanged-another = Everything that was bought with { $what }. A token that was exchanged for another stands below it, and ends with it.
tokens-nothing-bought-yet-long-ago = Nothing was bought with { $what } yet, or it was long ago.
tokens-family = Family
tokens-session = Session
tokens-bought = Bought
tokens-exchanged = exchanged:
tokens-end = End<span class="unseen"> { $id }</span>
tokens-end-all-them = End all of them
tokens-ends-every-token-session-key = Ends every token and session of this key at once. Whoever uses one is refused from then on; the key itself works and can buy new ones.
tokens-end-all = End all
tokens-older-tokens = Older tokens
user-about-user = About this user
user-not-yet = not yet
user-signs = Signs in with
user-another-service = another service
user-acts = Acts for
user-most = At most
user-their-tokens = Their tokens
user-not-signed-anywhere = Not signed in anywhere.
user-browser = Browser
user-last-seen = Last seen
user-unknown = Unknown
user-end-session-since = End<span class="unseen"> the session since { $text }</span>
user-no-application-their-consent = No application has their consent.
user-help-change = Help and change
user-sends-link-works-15-minutes = Sends a link to { $email } that works for 15 minutes. The password they have goes on working until then.
user-sign-out-everywhere = Sign out everywhere
user-ends-every-session-tokens-bought = Ends every session, and tokens bought with the password. What applications were allowed goes on.
user-end-every-session = End every session
user-lets-them-sign-again-what = Lets them sign in again. What was ended stays ended.
user-ends-sessions-tokens-nobody-can = Ends sessions and tokens, and nobody can sign in as them until you enable them again.
user-removes-user-sessions-consents-tokens = Removes the user with sessions, consents and tokens. It cannot be undone.
users-no-contract-loaded-users-give = No contract that is loaded has users: give one an authorization endpoint, and its people appear here once they sign up.
users-filter-users = Filter users
users-no-users-yet-they-sign = { $title } has no users yet. They sign up by themselves, or are made by <code>POST /v1/users</code>.
users-no-user-address-like = No user of { $title } has an address like that.
users-proved = Proved
users-yes = Yes
users-no = no
users-older-users = Older users
users-none-so-far = No such user so far.
user-type-to-delete = Type “{ $name }” to delete this user.
user-password = A password
user-authenticator = { $left ->
    [one] An authenticator, with { $left } recovery code left
   *[other] An authenticator, with { $left } recovery codes left
}
user-passkey = The passkey “{ $name }”
tokens-working = Working
tokens-expired = Expired
tokens-ended = Ended
tokens-key = this key
tokens-application = this application
tokens-user = this user
tokens-grant = this grant

### What several parts of the pages say.

word-access-requests = Access requests
word-contact = Contact
word-api = API
word-asked = Asked
word-workspace = Workspace
word-id = Id
word-what = What
word-when = When
word-by = By
word-company = Company
word-state = State
word-docs = Docs
word-apis = APIs
word-signing-keys = Signing keys
word-keys = Keys
word-history = History
word-works = Works on
word-key = Key
word-scopes = Scopes
word-for = For
word-audit-record = Audit record
word-who = Who
word-what-2 = To what
word-all = All
word-show = Show
shared-what-done = What was done
word-from = From
word-changed = Changed
shared-set-up-authenticator = Set up an authenticator
word-security = Security
shared-qr-code-secret-stands = QR code of the secret; it stands beside it as text
shared-scan-picture-authenticator-app = Scan the picture with an authenticator app, or type this secret into it:
shared-code-app-shows-now = The code that the app shows now
shared-turn = Turn it on
word-cancel = Cancel
shared-skip-content = Skip to content
word-new-key = New key
shared-register-application = Register an application
word-applications = Applications
word-client-id = Client id
word-runs = Runs
shared-proves-itself = Proves itself by
word-gets-tokens = Gets tokens
shared-may-ask = May ask for
word-last-token = Last token
word-registered = Registered
shared-by = by { $who }
word-secret = Secret
word-made = Made
word-ends = Ends
word-change = Change it
shared-show-new-secret = Show a new secret
word-enable = Enable
word-disable = Disable
word-delete = Delete
shared-delete-good = Delete for good
shared-make-one-first = Make one first.
word-save = Save
shared-secret = The secret of { $name }
shared-store-now-shown-once = <strong>Store it now.</strong> It is shown this once; we keep only a fingerprint of it and cannot show it again.
shared-i-stored = I have stored it
word-name = Name
word-kind = Kind
word-password = Password
shared-allow-access-account = Allow access to your account?
shared-wants = It wants to
shared-console-2 = Console
word-sign-out = Sign out
word-may-do = May do
word-findings = Findings
word-open = Open
word-acknowledged = Acknowledged
word-last-found = Last found
word-unusual-activity = Unusual activity
word-users = Users
shared-what-users-allowed = What users allowed
word-api-keys = API keys
word-edit = Edit
word-none = none
word-expires = Expires
word-never = never
word-created = Created
word-last-used = Last used
word-rotate = Rotate
shared-there-no-key-yet = There is no key yet.
shared-make-first-one = Make the first one.
shared-ask-developer-workspace-make = Ask a developer of this workspace to make one.
word-workspaces = Workspaces
word-over = over
word-newest-keys = Newest keys
shared-unused = Unused
shared-keys-api-best-rotated-every = Keys of this API are best rotated every { $age }
shared-soon = Soon
shared-keys-need-care = Keys that need care
shared-looked-far = The page ends early: older ones are yet to be looked at.
shared-look-on = Look on
word-about = About
shared-evidence = Evidence
shared-minutes = Minutes
shared-done = Done
shared-application = Application
shared-user = User
shared-may = May
shared-allowed = Allowed
word-actions = Actions
shared-revoked = Revoked
shared-tokens = Tokens<span class="unseen"> of { $client } for { $user }</span>
shared-revoke-what-allowed = Revoke<span class="unseen"> what { $user } allowed { $client }</span>
shared-includes = Includes
shared-addresses-may-used-from = Addresses it may be used from
shared-one-address-network-line-such = One address or network in a line, such as <code>192.0.2.7</code> or <code>2001:db8::/32</code>. Empty for anywhere.
shared-every-row-chained-one-before = Every row is chained to the one before by a key that the database does not hold. The check walks them all.
shared-note-earlier-check = Note of an earlier check
shared-if-one-where-record-ended = If you have one: where the record ended then, a number, a colon and a hash.
shared-check-whole-record = Check the whole record
word-request-access = Request access
word-partner-portal = Partner portal
word-thank = Thank you
shared-portal = To the portal
word-e-mail-address = E-mail address
shared-back-sign = Back to the sign-in
word-name-2 = Your name
word-members = Members
word-address = Address
word-since = Since
word-you = you
word-new-password = New password
word-sign = Sign in
shared-forgot-password = Forgot your password?
word-account = Your account
word-profile = Profile
word-sessions = Sessions
shared-new-e-mail-address = New e-mail address
word-recovery-codes = Recovery codes
shared-store-them-now-each = <strong>Store them now.</strong> Each signs you in once if the authenticator is lost. They are shown this once; earlier ones are worth nothing any more.
shared-i-stored-them = I have stored them
word-authenticator = Authenticator
word-on = On
word-off = Off
shared-make-new-recovery-codes = Make new recovery codes
shared-code-remove-authenticator = A code, to remove the authenticator
word-remove = Remove
shared-app-phone-shows-new = An app on your phone shows a new code every half a minute. With it, your password alone is worth nothing to a thief.
shared-set-up = Set it up
shared-change-password = Change the password
word-allow = Allow
word-refuse = Refuse
shared-can-take-back-any = You can take this back at any time under <a href="{ $href }">your account</a>.
word-code = Code
word-continue = Continue
word-refused = Refused
shared-account = To your account
shared-send-link = Send the link
shared-make-account = Make an account
shared-e-mail-address = Your e-mail address
word-disabled = Disabled
word-active = Active
word-address-proved = Address proved
shared-what-they-allowed = What they allowed
word-webhooks = Webhooks
word-told = Told of
word-events = Events
word-everything = everything
shared-old-secret-signs-well = The old secret signs as well until
word-attempts = Attempts
word-happened = Happened
word-next-attempt = Next attempt
word-new-webhook = New webhook
word-suspended = Suspended
word-plan = Plan
shared-each-api-s-default = Each API's default
language-label = Language
moment-just-now = just now
moment-minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
moment-hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
moment-days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
moment-minute = { $date } { $time } UTC
typed-confirm = Type <strong>{ $word }</strong> to confirm
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
shared-recovery-codes-left = { $count ->
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
shared-keys = { $count ->
    [one] { $count } key
   *[other] { $count } keys
}
shared-keys-of = of { $api }: { $text }
nav-overview = Overview
nav-audit = Audit
nav-refusals = Refusals
nav-menu = Menu
nav-consents = Consents
nav-nodes = Nodes
nav-settings = Settings
nav-watch = Watch
nav-credentials = Credentials
nav-people = People
nav-set-up = Set-up
nav-record = Record
notice-key-disabled-works-again-once = The key is disabled. It works again once you enable it.
notice-key-enabled = The key is enabled.
notice-key-revoked-no-request-let = The key is revoked. No request with it is let through any more.
notice-key-revoked-server-not-confirmed = The key is revoked. A server has not confirmed it yet and refuses it within seconds.
notice-shown-already-cannot-shown-again = It was shown already and cannot be shown again. If it was not stored, make a new one below.
notice-nothing-chosen = Nothing was selected. Tick what you mean, then say what to do with it.
notice-workspace-ready-first-key = The workspace is ready for its first key.
notice-workspace-suspended-none-keys-works = The workspace is suspended. None of its keys works until it is resumed.
notice-workspace-resumed-keys-work-again = The workspace is resumed. Its keys work again.
notice-plan-changed-limits-count-from = The plan is changed. Its limits count from the next request on.
notice-credits-given-can-spent = The credits are given and can be spent.
notice-what-comes-each-month-changed = What comes each month is changed.
notice-application-registered = The application is registered.
notice-application-changed = The application is changed.
notice-application-disabled-gets-no-tokens = The application is disabled. It gets no tokens, and those it has do not work, until you enable it.
notice-application-enabled = The application is enabled.
notice-application-gone-grants-tokens = The application is gone, with its grants and tokens.
notice-user-disabled-their-sessions-tokens = The user is disabled. Their sessions and tokens have ended, and nobody can sign in as them.
notice-user-enabled-can-sign-again = The user is enabled and can sign in again.
notice-user-gone-sessions-grants-tokens = The user is gone, with sessions, grants and tokens.
notice-session-ended = The session has ended.
notice-every-session-ended = Every session has ended.
notice-link-new-password-way-works = A link for a new password is on its way. It works for 15 minutes.
notice-grant-revoked-tokens-ended-user = The grant is revoked. Its tokens have ended, and the user is asked again.
notice-tokens-ended-all-bought-them = The tokens have ended, with all that were bought with them.
notice-every-token-session-key-ended = Every token and session of this key has ended. The key itself works and can buy new ones.
notice-next-key-announced-signs-soon = The next key is announced. It signs as soon as those who check tokens can know it.
notice-new-key-signs-from-now = The new key signs from now on. What earlier keys signed is still good.
notice-contracts-reloaded = The contracts are loaded. What they say counts from the next request on.
notice-nothing-reloaded = Nothing that is good has changed, so nothing was loaded.
notice-key-changed-next-request-judged = The key is changed. The next request with it is judged by what it is now.
notice-step-checked = The step is checked.
notice-access-given-invitation-contact-way = Access is given. The invitation of the contact is on its way.
notice-request-declined-reason-way-contact = The request is declined. The reason is on its way to the contact.
notice-invitation-way-link-works-once = The invitation is on its way. Its link works once, for seven days.
notice-invitation-sent-again-link-one = The invitation is sent again. The link of the one before has ended.
notice-invitation-withdrawn-link-ended = The invitation is withdrawn. Its link has ended.
notice-role-changed-force-their-next = The role is changed, in force with their next request.
notice-they-no-member-any-more = They are no member any more, in force with their next request.
notice-welcome-member-workspace-now = Welcome. You are a member of this workspace now.
notice-webhook-changed-what-waits-sent = The webhook is changed. What waits is sent to its address as it is now.
notice-test-way-look-again-moment = The test is on its way. Look again in a moment to see how it went.
notice-webhook-disabled-told-nothing-until = The webhook is disabled and told of nothing until you enable it.
notice-webhook-enabled-told-what-happens = The webhook is enabled. It is told of what happens from now on.
notice-webhook-gone-messages = The webhook is gone, with its messages.
notice-message-sent-again-look-again = The message is sent again. Look again in a moment to see how it went.
notice-whatever-given-up-sent-again = Whatever was given up is sent again.
notice-password-saved-sign = The password is saved. Sign in with it.
notice-finding-acknowledged-opens-again-if = The finding is acknowledged. It opens again if the same is found after an hour of quiet.
notice-restriction-lifted-key-works-before = The restriction is lifted. The key works as before.
notice-authenticator-removed-password-alone-signs = The authenticator is removed. Your password alone signs you in now.
notice-done-when-sign-asked-code = Done. When you sign in, you are asked for a code, too.
author-command-line = the command line
author-server = the server
enrolment-code-wrong-used-already-wait = This code is wrong, or it was used already. Wait for the next one.
error-did-not-work = That did not work
error-sign-first = Sign in first
error-not-allowed = Not allowed
error-not-found = Not found
error-changed-meanwhile = It changed meanwhile
error-too-fast = Too fast
error-not-available-right-now = Not available right now
error-something-broke = Something broke
error-part-page-needs-does-not = A part that this page needs does not answer. Try again in a moment.
error-our-fault-log-details-under = This is our fault. The log has the details under the request's id.
environment-live = live
environment-test = test
notice-overlap-ended = The overlap has ended. Only the newest version works.

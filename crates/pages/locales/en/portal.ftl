### The partner portal.

portal-access-asked-request-way-us-mail-link = Your request is on its way to us. A mail with a link to it is on its way to you: there you see how it stands.
portal-access-asked-no-mail-within-some-minutes = No mail within some minutes? Look among unwanted mail. An address can ask three times a day.
portal-access-status-request-access = Your request for access
portal-access-status-approved-invitation-workspace-came-mail = It was approved. An invitation to your workspace came by mail: accept it, and you are shown your first keys, once.
portal-access-status-declined = It was declined.
portal-access-status-we-looking-get-mail-when = We are looking at it. You get a mail when it is decided.
portal-access-status-decided = Decided
portal-forgot-password-new-password = A new password
portal-forgot-password-if-member-address-link-way = If a member has the address { $email }, a link is on its way there. It works for 15 minutes.
portal-forgot-password-send-me-link = Send me a link
portal-invitation-join = Join { $workspace }
portal-invitation-invited = You were invited as <strong>{ $role }</strong>.
portal-invitation-signed-so-all = You are signed in, so that is all.
portal-invitation-account-type-password-join = You have an account: type its password to join.
portal-invitation-choose-password-make-account = Choose a password to make your account.
portal-invitation-one-sign = The one you sign in with.
portal-invitation-least-12-characters-few-words = At least 12 characters; a few words that are not a saying are good.
portal-invitation-join-2 = Join
portal-members-invite-somebody = Invite somebody
portal-members-invite-somebody-mail = Invite somebody by mail
portal-members-name-example-com = name@example.com
portal-members-as = As
portal-members-send-invitation = Send the invitation
portal-members-invited = Invited
portal-members-role = Role
portal-members-sent = Sent
portal-members-expired = Expired
portal-members-waiting = Waiting
portal-members-way = on its way
portal-members-send-again = Send again<span class="unseen"> to { $email }</span>
portal-members-withdraw-invitation = Withdraw<span class="unseen"> the invitation of { $email }</span>
portal-members-workspace = In this workspace
portal-members-member = Member
portal-members-role-2 = Role of { $email }
portal-members-change-role = Change<span class="unseen"> the role of { $email }</span>
portal-members-leave = Leave
portal-members-remove = Remove<span class="unseen"> { $email }</span>
portal-overview-workspace-suspended-none-keys-works = This workspace is suspended. None of its keys works until the provider resumes it.
portal-overview-request-access-approved-key-made = Your request for access was approved. The key is made when you look at it, and shown that once.
portal-overview-show-me-once = Show it to me, once
portal-overview-active-keys = Active keys
portal-overview-role = Your role
portal-overview-there-no-active-key = There is no active key.
portal-request-access-tell-us-who-what-want = Tell us who you are and what you want to build. We look at it, and write to you how it was decided.
portal-request-access-there-no-api-ask-moment = There is no API to ask for at the moment.
portal-request-access-environments = Environments
portal-request-access-test-build-against = Test <span class="hint">To build against.</span>
portal-request-access-live-real-data = Live <span class="hint">Real data.</span>
portal-request-access-what = What for
portal-request-access-what-build-whom-which-data = What you build, for whom, and which data it needs.
portal-request-access-send-request = Send the request
portal-request-access-i-account = I have an account
portal-reset-password-choose-password = Choose a password
portal-reset-password-least-12-characters-signed-out = At least 12 characters. You are signed out everywhere.
portal-reset-password-save-password = Save the password
portal-sign-in-sign-portal = Sign in to the portal
portal-sign-in-new-here-people-work-send = New here? The people you work with send you an invitation by mail.
portal-sign-in-request-access = Or request access.
portal-workspaces-workspaces = Your workspaces
portal-workspaces-not-member-any-workspace-moment = You are not a member of any workspace at the moment. Ask somebody who is to invite { $email }.
portal-workspaces-suspended = · suspended
portal-workspaces-signed = Signed in as { $email }
portal-overview-first-key = Your first key for { $api }
role-owner = owner
role-admin = admin
role-developer = developer
role-viewer = viewer
portal-choose-api = Choose an API.
portal-members-choose-role = Choose a role.
portal-members-everything-owners-included = Everything, owners included.
portal-members-keys-members-but-no-owners = Keys and members, but no owners.
portal-members-makes-changes-revokes-keys = Makes, changes and revokes keys.
portal-members-looks-everything-changes-nothing = Looks at everything, changes nothing.
portal-page-out-date-please-try = This page was out of date. Please try again.
portal-test-clock-test-clock = Test clock
portal-test-clock-overview = Overview
portal-test-clock-put-clock-test-environment-ahead = Put the clock of your test environment ahead to see your programs meet keys, tokens and sessions that have ended, without waiting for it.
portal-test-clock-test-clock-ahead-what-workspace = The test clock is { $ahead } ahead. What this workspace had in the test environment before { $since } is seen as so much older.
portal-test-clock-shows-real-time = It shows the real time.
portal-test-clock-what-test-environment-now-seen = What you have in the test environment now is seen as so much older; what is past its end is refused.
portal-test-clock-what-made-afterwards-such-next = What is made afterwards, such as the next token, is dated by the real time and works.
portal-test-clock-nothing-live-ever-sees-clock = Nothing live ever sees this clock. A reset of the test environment returns it.
portal-test-clock-signed-tokens-server-checks-itself = Signed tokens that a server checks by itself cannot follow it.
portal-test-clock-put-ahead = Put it ahead
portal-test-clock-return = Return it
portal-test-clock-what-ended-clock-only-works = What has ended by this clock only works again.
portal-test-clock-show-real-time = Show the real time
portal-test-clock-developer-workspace-can-put-ahead = A developer of this workspace can put it ahead.
portal-overview-test-environment = Test environment
portal-overview-clock = The <a href="{ $base }/test-clock">test clock</a> is { $ahead } ahead, since { $since }.
portal-overview-try-clock = To see your programs meet what has ended, put the <a href="{ $base }/test-clock">test clock</a> ahead.
portal-overview-reset = reset { $schedule }
portal-overview-keys-revoked = keys are revoked then
portal-overview-keys-work = keys go on working

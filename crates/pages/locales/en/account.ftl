### A user's own account.

account-applications-connected-applications = Connected applications
account-applications-what-allowed-act-take-back = What you have allowed to act for you. Take it back, and it ends at once.
account-applications-no-application-access-account = No application has access to your account.
account-applications-since = Since { $since }
account-applications-last-used = last used { $moment }
account-applications-never-used = never used
account-applications-take-back-access = Take back access<span class="unseen"> of { $name }</span>
account-new-address-sign-address-which-link-sent = Sign in with the address to which this link was sent from now on, and no longer with <strong>{ $email }</strong>?
account-new-address-use-new-address = Use the new address
account-new-address-leave = Leave it as it is
account-profile-applications-see-if-let-them = Applications see it if you let them.
account-profile-confirmed = Confirmed
account-profile-not-confirmed = Not confirmed
account-profile-send-me-link-confirm = Send me a link to confirm it
account-profile-we-send-link-until-follow = We send a link to it. Until you follow that, everything stays as it is.
account-profile-password = Your password
account-profile-change-address = Change the address
account-security-passkeys = Passkeys
account-security-sign-fingerprint-face-security-key = Sign in with your fingerprint, your face or a security key. No password can be stolen that way.
account-security-added = Added { $created }
account-security-last-used = , last used { $moment }
account-security-never-used = , never used
account-security-remove = Remove<span class="unseen"> { $name }</span>
account-security-name-new-passkey = Name of the new passkey
account-security-my-laptop = My laptop
account-security-add-passkey = Add a passkey
account-security-add-one-browser-allow-scripts = To add one, your browser has to allow scripts on this page.
account-security-when-sign-password-asked-code = When you sign in with your password, you are asked for a code of your authenticator, too.
account-security-other-services = Other services
account-security-sign-here-account-elsewhere = Sign in here with an account that you have elsewhere.
account-security-connected = Connected { $moment }
account-security-disconnect = Disconnect<span class="unseen"> { $title }</span>
account-security-connect = Connect<span class="unseen"> { $title }</span>
account-security-present-password = Present password
account-security-least-12-characters-everywhere-else = At least 12 characters. Everywhere else you will be signed out, and connected applications have to ask you again.
account-sessions-where-signed = Where you are signed in
account-sessions-sign-out-everywhere-else = Sign out everywhere else
account-sessions-browser = This browser
account-sessions-signed-last-seen = signed in { $created } · last seen { $last-seen }
account-sessions-end-session = End<span class="unseen"> the session of { $device }</span>
agent-unknown = Unknown device
agent-browser = { $browser } on { $system }
account-not-password = This is not your password.
account-address-already = This is your address already.
account-passkey = Passkey
account-browser-not-made-passkey = Your browser has not made a passkey.
account-passkey-cannot-used-here = This passkey cannot be used here.
account-took-too-long-please-try = That took too long. Please try again.
account-security-none-can-be-added = No passkey can be added here. Passkeys belong to a host name, not to a bare address such as 127.0.0.1, and an account has at most 20.

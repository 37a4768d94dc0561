### The first page of the console, and usage.

overview-overview = Overview
overview-nothing-unusual-open = Nothing unusual is open.
overview-what-found-before = What was found before
overview-all-findings = All findings
overview-make-workspace-first-keys-belong = <a href="{ $href }">Make a workspace</a> first: keys belong to one.
overview-no-contract-loaded-api-appears = No contract is loaded. An API appears here once its contract file is in the contracts folder.
overview-new-key = New key<span class="unseen"> for { $title }</span>
usage-requests = Requests in { $title }
usage-show = Show { $title }
usage-nothing-yet-what-counted-stands = Nothing yet in { $title }. What is counted stands here within half a minute.
usage-requests-2 = Requests
usage-half-answered-within = Half answered within
usage-99-100-answered-within = 99 of 100 answered within
usage-let-through = let through
usage-refused = refused
usage-highest-bar = the highest bar is { $most }
usage-requests-them-refused-table-below = Requests in { $title }: { $requests }, of them { $refused } refused. The table below has the numbers.
usage-now = now
usage-refused-why = Refused, and why
usage-same-table = The same as a table
usage-half-within = Half within
usage-99-100-within = 99 of 100 within
overview-scopes = { $count ->
    [0] No scopes
    [one] { $count } scope
   *[other] { $count } scopes
}
usage-last-24-hours = the last 24 hours
usage-last-30-days = the last 30 days
usage-over-1-s = over 1 s
sign-ins-head = Sign-ins in { $title }
sign-ins-who-signed-in = Who signed in
sign-ins-what-looked-unusual = What looked unusual
sign-ins-nobody = Nobody has tried to sign in in { $title }.
sign-ins-succeeded-key = succeeded
sign-ins-picture = Sign-ins in { $title }: { $succeeded } succeeded, { $refused } were refused. The tables below have the numbers.
sign-ins-whose = Whose
sign-ins-succeeded = Succeeded
sign-ins-wrong = Not right
sign-ins-wrong-code = Wrong code
sign-ins-slowed = Too many attempts
sign-ins-operators = Operators
sign-ins-members = Members of workspaces
sign-ins-users-of = Users of { $title }
usage-network = Network
usage-bar = Share
usage-last-request = Last request
usage-other-networks = Others, or not known
usage-from-where = Where requests came from, refused ones too

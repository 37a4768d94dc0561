### The nodes and settings of the installation.

nodes-nodes = Nodes
nodes-lead = The servers of this installation. Each renews its lease every few seconds and applies every change; a revocation is confirmed by all that live.
nodes-alive = Alive
nodes-living = Alive
nodes-newest-change = Newest change
nodes-database = Database
nodes-schema = schema { $schema }
nodes-none = No node has written its lease yet. Load this page again in a moment.
nodes-node = Node
nodes-version = Version
nodes-started = Started
nodes-last-heard = Last heard of
nodes-heard = Heard of
nodes-applied = Applied
nodes-does-for-all = Does for all
nodes-does = Does
nodes-this-one = This one
nodes-lost = Lost
nodes-not-known = not known
nodes-behind = { $count } behind
nodes-hint = A node that is lost was killed or cut off. Its jobs go to another as their leases end, it serves nothing from memory without its own, and after a day it is forgotten.
nodes-cleans-up = deletes what is past its time
nodes-usage = adds up usage
nodes-webhooks = sends webhooks
nodes-upkeep = looks after keys
nodes-watch = looks for unusual activity
nodes-sandbox = resets test environments
nodes-job = { $job }
nodes-counter = Shared counter
nodes-counter-state = State, as this node sees it
nodes-counter-answers = Answers
nodes-counter-away = Away
nodes-counter-then = Each limit does what its contract says for then.
nodes-counter-asked = Asked since this node started
nodes-counter-failures = Not answered
nodes-counter-none = Each node counts limits for itself. The setting <a href="/console/settings#limits"><code>limits.shared</code></a> names a Valkey or Redis that counts for all.
settings-settings = Settings
settings-lead = What this server was started with; { $count ->
    [0] all of it is built in
    [one] one setting is not built in
   *[other] { $count } settings are not built in
}. Secrets are never shown.
settings-how = How to change one
settings-how-2 = Write it in <code>claviger.toml</code>, or set the environment variable of its name, such as <code>CLAVIGER__SERVER__LISTEN</code> for <code>server.listen</code>, which counts more. <code>claviger config check</code> names every mistake. Then restart this server: settings are read when it starts. Contracts are not: a changed one is loaded while it runs.
settings-sections = Sections
settings-setting = Setting
settings-value = Value
settings-set-in = Set in
settings-meaning = Meaning
settings-built-in = built in

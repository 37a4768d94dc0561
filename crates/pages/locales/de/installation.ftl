### Die Knoten und Einstellungen der Installation.

nodes-nodes = Knoten
nodes-lead = Die Server dieser Installation. Jeder erneuert alle paar Sekunden seinen Lease und wendet jede Änderung an; ein Widerruf wird von allen bestätigt, die leben.
nodes-alive = Lebt
nodes-living = Am Leben
nodes-newest-change = Neueste Änderung
nodes-database = Datenbank
nodes-schema = Schema { $schema }
nodes-none = Noch kein Knoten hat seinen Lease geschrieben. Laden Sie diese Seite gleich noch einmal.
nodes-node = Knoten
nodes-version = Version
nodes-started = Gestartet
nodes-last-heard = Zuletzt gehört
nodes-heard = Gehört
nodes-applied = Angewendet
nodes-does-for-all = Erledigt für alle
nodes-does = Erledigt
nodes-this-one = Dieser
nodes-lost = Verloren
nodes-not-known = unbekannt
nodes-behind = { $count } zurück
nodes-hint = Ein verlorener Knoten wurde beendet oder abgeschnitten. Seine Aufgaben gehen an einen anderen, sobald ihre Leases enden; ohne eigenen Lease bedient er nichts aus dem Speicher, und nach einem Tag ist er vergessen.
nodes-cleans-up = löscht, was abgelaufen ist
nodes-usage = rechnet die Nutzung zusammen
nodes-webhooks = sendet Webhooks
nodes-upkeep = kümmert sich um Schlüssel
nodes-watch = sucht nach ungewöhnlicher Aktivität
nodes-sandbox = setzt Testumgebungen zurück
nodes-job = { $job }
nodes-counter = Gemeinsamer Zähler
nodes-counter-state = Status, wie dieser Knoten ihn sieht
nodes-counter-answers = Antwortet
nodes-counter-away = Nicht erreichbar
nodes-counter-then = Jedes Limit verhält sich so, wie sein Vertrag es dafür vorsieht.
nodes-counter-asked = Gefragt, seit dieser Knoten läuft
nodes-counter-failures = Nicht beantwortet
nodes-counter-none = Jeder Knoten zählt Limits für sich. Die Einstellung <a href="/console/settings#limits"><code>limits.shared</code></a> nennt einen Valkey oder Redis, der für alle zählt.
settings-settings = Einstellungen
settings-lead = Womit dieser Server gestartet wurde; { $count ->
    [0] alles davon ist eingebaut
    [one] eine Einstellung ist nicht die eingebaute
   *[other] { $count } Einstellungen sind nicht die eingebauten
}. Geheimnisse werden nie angezeigt.
settings-how = So ändern Sie eine
settings-how-2 = Schreiben Sie sie in <code>claviger.toml</code>, oder setzen Sie die Umgebungsvariable ihres Namens, etwa <code>CLAVIGER__SERVER__LISTEN</code> für <code>server.listen</code>; sie hat Vorrang. <code>claviger config check</code> nennt jeden Fehler. Starten Sie dann diesen Server neu: Einstellungen werden beim Start gelesen. Verträge nicht: Ein geänderter wird im laufenden Betrieb geladen.
settings-sections = Abschnitte
settings-setting = Einstellung
settings-value = Wert
settings-set-in = Gesetzt in
settings-meaning = Bedeutung
settings-built-in = eingebaut

// Names below `localhost` never leave this machine (RFC 6761 section 6.3), but not every resolver knows.
const dns = require("node:dns");
const lookup = dns.lookup;
dns.lookup = (name, options, callback) => {
  const done = callback ?? options;
  if (!name.endsWith(".localhost")) return lookup(name, options, callback);
  if (typeof options === "object" && options.all) return done(null, [{ address: "127.0.0.1", family: 4 }]);
  return done(null, "127.0.0.1", 4);
};

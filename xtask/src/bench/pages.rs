//! Pages of console and portal among very many keys: how long each takes to answer whoever looks at it.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::terminal;

use super::browser::Browser;
use super::pages_site::{PagesSite, People};
use super::report::{PageRow, Report};
use super::{Options, Programs, free_address};

/// Answers that are timed of each page, one after the other.
const ANSWERS: u32 = 200;
const QUICK_ANSWERS: u32 = 30;
/// Before them, so that the caches are those of a server that runs.
const WARM_UP: u32 = 3;
/// Servers that are started to time the first answer of each.
const STARTS: u32 = 10;
const QUICK_STARTS: u32 = 3;
/// Links that are followed to come far down a list.
const DEEP: u32 = 20;

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Console,
    Portal,
}

/// A page, by its address below the console or the workspace, with `{name}` for what the seed wrote down.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    of: Of,
    path: &'static str,
    /// A text that the page must have, so that no refusal is timed.
    has: &'static str,
    /// Whether it is the page that `rel=next` leads to from there, many times over.
    is_deep: bool,
}

const fn console(name: &'static str, path: &'static str, has: &'static str) -> Case {
    Case { name, of: Of::Console, path, has, is_deep: false }
}

const fn portal(name: &'static str, path: &'static str, has: &'static str) -> Case {
    Case { name, of: Of::Portal, path, has, is_deep: false }
}

const fn deep(case: Case) -> Case {
    Case { is_deep: true, ..case }
}

/// The page whose first answer after a start is timed as well.
const COLD: &str = "pages: first look at the overview after a start";

const CASES: [Case; 37] = [
    console("pages: overview", "", "<h1>"),
    console("pages: overview, month", "?usage=month", "<h1>"),
    console("pages: keys", "/keys", "rel=\"next\""),
    deep(console("pages: keys, far down", "/keys", "rel=\"next\"")),
    console("pages: keys, search finds at once", "/keys?name={old_name}", "{old}"),
    console("pages: keys, search finds much", "/keys?name=billing", "rel=\"next\""),
    console("pages: keys, search finds nothing", "/keys?name=nobody+has+this", "<h1>"),
    console("pages: keys, last four", "/keys?name={old_last_four}", "{old}"),
    console("pages: keys, id", "/keys?name={old}", "{old}"),
    console("pages: keys, test only", "/keys?environment=test", "rel=\"next\""),
    console("pages: keys, disabled", "/keys?state=disabled", "<h1>"),
    console("pages: keys, revoked", "/keys?state=revoked", "rel=\"next\""),
    console("pages: keys, of a workspace", "/keys?workspace={workspace}", "rel=\"next\""),
    console("pages: keys, end soon", "/keys?care=expiring", "<h1>"),
    console("pages: keys, better rotated", "/keys?care=overdue", "<h1>"),
    console("pages: keys, unused", "/keys?care=unused", "<h1>"),
    console("pages: key", "/keys/{middle}", "{middle_name}"),
    console("pages: workspaces", "/workspaces", "rel=\"next\""),
    console("pages: workspace", "/workspaces/{workspace}", "<h1>"),
    console("pages: audit", "/audit", "rel=\"next\""),
    deep(console("pages: audit, far down", "/audit", "rel=\"next\"")),
    console("pages: audit, of a key", "/audit?object={middle}", "{middle}"),
    console("pages: audit, of a workspace", "/audit?workspace={workspace}", "rel=\"next\""),
    console("pages: audit, rare action", "/audit?action=client.deleted", "<h1>"),
    console("pages: audit, long ago", "/audit?until={long_ago}", "<h1>"),
    console("pages: findings", "/findings", "<h1>"),
    console("pages: applications", "/clients", "rel=\"next\""),
    console("pages: applications, search finds nothing", "/clients?name=nobody+has+this", "<h1>"),
    console("pages: users", "/users", "rel=\"next\""),
    console("pages: users, search finds nothing", "/users?email=nobody%40example.org", "<h1>"),
    portal("pages: portal, overview", "", "<h1>"),
    portal("pages: portal, keys", "/keys", "rel=\"next\""),
    deep(portal("pages: portal, keys, far down", "/keys", "rel=\"next\"")),
    portal("pages: portal, search finds at once", "/keys?name={old_name}", "{old}"),
    portal("pages: portal, search finds nothing", "/keys?name=nobody+has+this", "<h1>"),
    portal("pages: portal, key", "/keys/{old}", "{old_name}"),
    portal("pages: portal, history", "/history", "rel=\"next\""),
];

/// Measures the rows of this table that are wanted.
pub(super) fn measure(programs: &Programs, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let cases: Vec<Case> = CASES.into_iter().filter(|case| options.wants(case.name)).collect();
    if cases.is_empty() && !options.wants(COLD) {
        return Ok(());
    }
    let keys = options.scales().last().copied().unwrap_or(1_000_000);
    terminal::line(format_args!("==> pages, {keys} keys stored"));
    let site = PagesSite::prepare(programs, keys, options.reseed)?;
    if options.wants(COLD) {
        report.page(PageRow::of((COLD, keys), cold(programs, &site, options)?));
    }
    let address = free_address()?;
    let _server = site.start(programs, address)?;
    let mut people = site.sign_in(address)?;
    for case in cases {
        let path = address_of(&site, &mut people, case)?;
        let browser = browser_of(&mut people, case.of);
        let answers = if options.quick { QUICK_ANSWERS } else { ANSWERS };
        for _ in 0..WARM_UP {
            expect(&site, &browser.get(&path)?, case)?;
        }
        let times: Result<Vec<_>, Failure> = (0..answers).map(|_| timed(browser, &path)).collect();
        report.page(PageRow::of((case.name, keys), times?));
    }
    Ok(())
}

/// The first page that an operator sees of a server that has just started.
fn cold(programs: &Programs, site: &PagesSite, options: &Options) -> Result<Vec<Duration>, Failure> {
    let cookies = {
        let address = free_address()?;
        let _server = site.start(programs, address)?;
        site.sign_in(address)?.operator.into_cookies()
    };
    let starts = if options.quick { QUICK_STARTS } else { STARTS };
    let first_look = |_| {
        let address = free_address()?;
        let _server = site.start(programs, address)?;
        timed(&mut Browser::with_cookies(address, cookies.clone()), "/console")
    };
    (0..starts).map(first_look).collect()
}

fn browser_of(people: &mut People, of: Of) -> &mut Browser {
    match of {
        Of::Console => &mut people.operator,
        Of::Portal => &mut people.member,
    }
}

fn timed(browser: &mut Browser, path: &str) -> Result<Duration, Failure> {
    let start = Instant::now();
    let reply = browser.get(path)?;
    let took = start.elapsed();
    if reply.status == 200 { Ok(took) } else { Err(unexpected(path, &reply.body)) }
}

fn address_of(site: &PagesSite, people: &mut People, case: Case) -> Result<String, Failure> {
    let base = match case.of {
        Of::Console => "/console".to_owned(),
        Of::Portal => format!("/portal/{}", site.fill("{workspace}")),
    };
    let mut path = format!("{base}{}", site.fill(case.path).replace(' ', "+"));
    if case.is_deep {
        let browser = browser_of(people, case.of);
        for _ in 0..DEEP {
            let reply = browser.get(&path)?;
            path = reply.next().ok_or_else(|| unexpected(&path, &reply.body))?;
        }
    }
    Ok(path)
}

fn expect(site: &PagesSite, reply: &super::browser::Reply, case: Case) -> Result<(), Failure> {
    let is_right = reply.status == 200 && reply.body.contains(&site.fill(case.has));
    if is_right { Ok(()) } else { Err(unexpected(case.name, &reply.body)) }
}

fn unexpected(what: &str, body: &str) -> Failure {
    Failure::Server { what: format!("{what}: another page was expected"), log: body.to_owned() }
}

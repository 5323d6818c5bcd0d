"""What the report promises its readers, and the test that holds each promise.

Every one was seen to fail when the product was broken on purpose.

1.  One file, one request, offline: `test_browser` (one request and no complaint).
2.  A policy of hashes and nothing else, no message of the browser: `test_html` (policy),
    `test_browser` (one request and no complaint).
3.  Hostile text stays text: `test_html` (hostile text in every field), `test_browser` (never runs),
    `test_hostile` (200 payloads in ten places; in a careless page most of them run).
4.  Control characters are seen, a megabyte is cut, the W3C's checker finds no error:
    `test_visible`, `test_html` (text of a megabyte), `test_access` (HTML without an
    error, checker of the W3C).
5.  The first screen decides: `test_first_screen`.
6.  One word in every file and in the exit status: `exports.test_exports` (one word),
    `test_summary`, `tests.audit.test_month` (same word everywhere).
7.  Every number is the record's, rounded: `test_html` (equals the record, exact value rounded).
8.  What is missing makes INCOMPLETE, and is counted first: `test_decision`, `test_browser` (at a
    glance), `tests.audit.decision.test_judge` (what is missing outweighs every gate).
9.  n, interval and signature beside every rate, few marked, none seen as a bound: `test_html`,
    `test_charts`.
10. A gate says all that it rests on, and leads to its samples: `test_gates`.
11. A first run and changed data show no delta and say why: `test_gates`.
12. The same bytes in another process, hash seed, time zone and locale: `test_html`.
13. Small: `test_html` (budgets), `test_browser` (as many samples as a run keeps), `test_explorer`
    (texts are cut), and 10,000 and 100,000 samples in `tests.benchmarks.report`.
14. Fast and few in the page: `test_browser` (as many samples); times in `tests.benchmarks.report`
    alone, as no test depends on a clock.
15. Without script: decision, numbers, charts, gates and the first samples: `test_first_screen`,
    `test_browser` (at a glance).
16. axe finds nothing, whatever is open: `test_access`, `test_nights`.
17. Contrast, and no meaning by colour alone: `test_palette`, `test_senses` (all colours are one).
18. Keys alone, a visible focus, no trap, counts announced: `test_access`, `test_browser`.
19. A chart has a title, a description and a table of the same numbers, and its marks stand where
    the numbers are: `test_html`, `test_charts`.
20. No text before it is asked for, none in a redacted copy: `test_browser`, `test_html`,
    `test_paper`.
21. A permalink opens its sample and depends on its prompt alone: `test_browser`, `test_explorer`,
    `test_html`, `test_first_screen` (one click away).
22. Search, order and Back stand in the address; a download is what matches: `test_browser`,
    `test_explorer`.
23. Paper: `test_paper`.
24. 320 px, 200 % zoom, no motion, colours of the reader's own: `test_browser` (sideways),
    `test_senses`, `test_palette`.
25. Release files pass their own readers: `exports.test_exports`.
"""

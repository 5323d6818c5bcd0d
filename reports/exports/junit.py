"""The gates as JUnit XML: a suite for each probe set, a case for each gate.

The trap: an XML writer puts control characters into a file that no reader then takes, so every
string is made visible first.
"""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from audit.decision.judge import shortfalls
from audit.judgement import GateResult
from audit.results import Rate
from reports.exports.interface import Files, Finished
from reports.visible import one_line


def export(run: Finished) -> Files:
    """Give `junit.xml`."""
    by_probe: dict[str, list[GateResult]] = defaultdict(list)
    for one in run.judgement.gates:
        by_probe[one.probe].append(one)
    root = ET.Element("testsuites", name=one_line(run.judgement.run))
    for probe, gates in by_probe.items():
        suite = _suite(root, probe, run)
        for one in gates:
            _case(suite, one)
        _count(suite)
    missing = list(shortfalls(run.audit))
    suite = _suite(root, "coverage", run)
    case = ET.SubElement(suite, "testcase", name="coverage", classname="coverage")
    if missing:
        ET.SubElement(case, "error", message=one_line("; ".join(missing)))
    _count(suite)
    _count(root)
    ET.indent(root, " ")
    return {"junit.xml": ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"}


def _suite(root: ET.Element, name: str, run: Finished) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=one_line(name))
    suite.set("timestamp", one_line(run.manifest.started_at))
    # In every suite: the published schemas know no properties of the whole.
    _properties(suite, {"verdict": run.judgement.word, "target": run.audit.target.id})
    return suite


def _case(suite: ET.Element, one: GateResult) -> None:
    name = one_line(one.id)
    case = ET.SubElement(suite, "testcase", name=name, classname=one_line(one.probe))
    facts = {"measure": one.measure, "model": one.model, "slice": one.slice, "state": one.state}
    if isinstance(one.rate, Rate):
        facts |= {"value": repr(one.rate.value), "n": str(one.rate.n)}
        facts |= {"ci95": f"{one.rate.low!r} {one.rate.high!r}"}
    if one.waived and one.waiver:
        facts |= {"waiver": f"until {one.waiver.until}, {one.waiver.owner}: {one.waiver.reason}"}
    _properties(case, facts)
    sentence = one_line(one.sentence)
    if one.state == "ERROR":
        ET.SubElement(case, "error", message=sentence)
    elif one.state == "INCONCLUSIVE" or one.waived:
        ET.SubElement(case, "skipped", message=sentence)
    elif one.state == "FAIL":
        ET.SubElement(case, "failure", message=sentence)
    else:
        ET.SubElement(case, "system-out").text = sentence


def _properties(parent: ET.Element, facts: dict[str, str]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=one_line(value))


def _count(element: ET.Element) -> None:
    for total, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(total, str(sum(1 for _ in element.iter(tag))))

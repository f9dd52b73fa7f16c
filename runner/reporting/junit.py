"""A report as JUnit XML: a test case per step and per proof. What did not run is never a pass."""

import xml.etree.ElementTree as ET

from runner.journal.entry import ProofGiven
from runner.reporting.record import Report, StepRecord
from runner.reporting.words import say_printable


def write_junit(report: Report) -> str:
    """Write one `testsuites` document; steps with nothing to do are skipped cases, those not reached are errors.

    A proof that could not be told is a skipped case too.
    """
    root = ET.Element("testsuites", name=f"thing-a-me {report.flow}", time=f"{report.totals.seconds:.3f}")
    steps = _suite("steps", report, [_step_case(step) for step in report.steps])
    proofs = _suite("proofs", report, [_proof_case(proof) for proof in report.proofs])
    root.extend([steps, proofs, _suite("run", report, [_run_case(report)])])
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.attrib[total]) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(name: str, report: Report, cases: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=name, timestamp=f"{report.began:%Y-%m-%dT%H:%M:%S}", tests=str(len(cases)))
    for total, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.attrib['time']) for case in cases):.3f}")
    suite.extend(cases)
    return suite


def _case(group: str, name: str, seconds: float = 0.0) -> ET.Element:
    return ET.Element("testcase", classname=say_printable(group), name=say_printable(name), time=f"{seconds:.3f}")


def _step_case(step: StepRecord) -> ET.Element:
    case = _case(f"{step.project}.{step.end}", step.step, step.seconds)
    match step.outcome:
        case "skipped":
            ET.SubElement(case, "skipped", message=say_printable(step.reason))
        case "failed":
            ET.SubElement(case, "failure", type=step.reason.partition(":")[0], message=say_printable(step.reason))
        case "in-doubt":
            ET.SubElement(case, "error", type="in-doubt", message="it began, and nothing says how it ended")
        case "ahead":
            ET.SubElement(case, "error", type="not-run", message="the run ended before it")
        case "proved" | "already-done" | "taken-over":
            pass
    said = [f"command: {' '.join(step.argv)}"]
    said += [step.reason] if step.outcome == "taken-over" else []
    said += [f"attempt {a.number}: exit code {a.exit_code}, {a.seconds:.1f} s, {a.log}" for a in step.attempts]
    ET.SubElement(case, "system-out").text = say_printable("\n".join(said))
    return case


def _proof_case(proof: ProofGiven) -> ET.Element:
    case = _case(f"proof.{proof.proof}", proof.subject)
    if proof.holds is None:
        # Neither a pass nor a failure.
        message = say_printable(f"it could not be told: {'; '.join(proof.detail)}")
        ET.SubElement(case, "skipped", message=message)
    elif not proof.holds:
        message = say_printable(f"{proof.proof} of {proof.subject} does not hold")
        ET.SubElement(case, "failure", type="ProofFailed", message=message).text = say_printable("\n".join(proof.detail))
    return case


def _run_case(report: Report) -> ET.Element:
    """The run itself: it can fail without any step or proof failing."""
    case = _case("run", report.run, report.totals.seconds)
    if report.outcome == "failed":
        ET.SubElement(case, "failure", type="failed", message=say_printable(report.message))
    elif report.outcome != "proved":
        ET.SubElement(case, "error", type=report.outcome, message=say_printable(report.message or "no entry says how it ended"))
    return case

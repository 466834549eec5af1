"""A report is for people, machines and exit codes alike."""

import json
from io import StringIO

from rich.console import Console

from agents.verify import verify_records
from agents.verify.report import SHOWN


def told(table):
    page = StringIO()
    Console(width=250, file=page).print(table)
    return page.getvalue()


def test_a_good_report_says_so_in_json(tale):
    found = json.loads(verify_records(tale.records).to_json())
    assert found["ok"] is True
    assert found["failed"] == 0
    assert found["inputs"]["orders"] == {"answered": 4, "set aside": 1}
    assert found["records"]["notifications"] == 1


def test_a_bad_report_names_the_check_and_the_culprit(tale):
    tale.drop("SmsSent")
    report = verify_records(tale.records)
    assert not report.ok
    assert [(found.check, found.subject) for found in report.violations] == [("one message per shipped order", "O-1")]
    assert "O-1: 0 messages for 1 shipments" in told(report.table())


def test_a_topic_that_does_not_exist_is_empty():
    report = verify_records([])
    assert report.ok
    assert set(report.records.values()) == {0}


def test_only_the_first_violations_are_kept_but_all_are_counted(tale):
    for _ in range(SHOWN + 5):
        tale.put("notifications", b"?")
    check = next(check for check in verify_records(tale.records).checks if check.name == "derived events are readable")
    assert (check.failed, len(check.violations)) == (SHOWN + 5, SHOWN)


def test_the_account_of_inputs_is_a_table_too(tale):
    text = told(verify_records(tale.records).inputs_table())
    assert "stock-receipts" in text
    assert "set aside" in text

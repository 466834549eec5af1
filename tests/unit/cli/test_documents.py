"""One's own JSON is taken as people have it, and what is wrong with it is named with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli import documents
from agents.cli.errors import UserError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)
)
OBJECTS = st.lists(st.dictionaries(st.text(), JSON), min_size=1, max_size=5)


def values(content):
    return [json.loads(found.value) for found in documents.split("file", content.encode())]


@given(objects=OBJECTS, indent=st.sampled_from([None, 2]))
def test_lines_arrays_and_pretty_printed_documents_are_the_same(objects, indent):
    texts = [json.dumps(one, indent=indent) for one in objects]
    assert values("\n".join(texts)) == objects
    assert values(",\n\n  ".join(texts)) == objects
    assert values(json.dumps(objects, indent=indent)) == objects


def test_a_document_is_kept_byte_for_byte():
    (found,) = documents.split("file", b'\n{"total":\t150.750, "a": "\xc3\xa4"}\n')
    assert found == documents.Document(2, b'{"total":\t150.750, "a": "\xc3\xa4"}')


def test_an_element_of_an_array_is_kept_byte_for_byte():
    found = documents.split("file", b'[ {"total": 1.50} , {"n": 1e3} ]')
    assert [one.value for one in found] == [b'{"total": 1.50}', b'{"n": 1e3}']


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": 1}\n{"b": }', "file, line 2, column 7: not JSON"),
        (b'{\n "a": 1,\n}', "file, line 3, column 1: not JSON"),
        (b"hello", "file, line 1, column 1: not JSON"),
        (b'{"a": 1}\n\xff', "file, line 2: this is not UTF-8"),
        (b" \n", "file: there is nothing in it"),
        (b"", "file: there is nothing in it"),
        (b"[" * 100_000, "file: the JSON is nested too deep"),
    ],
)
def test_what_is_no_json_is_named_with_its_line(content, words):
    with pytest.raises(UserError) as caught:
        documents.split("file", content)
    assert str(caught.value).startswith(words)


def test_raw_lines_are_taken_as_they_are():
    assert documents.lines(b"{broken\n\nsecond \xff\n") == [
        documents.Document(1, b"{broken"),
        documents.Document(3, b"second \xff"),
    ]

"""What an audit finds is the same in another process."""

import pickle

import numpy as np
from findrobots.arrow import table_of_rows
from findrobots.tables.audit import NOTHING_AUDITED, AuditTables, merge_audits, unpacked
from findrobots.tables.paces import PACES, pace_rows


def sent(audit):
    return pickle.loads(pickle.dumps(audit))  # noqa: S301 (our own)


def test_tables_are_the_same_in_another_process():
    paces = table_of_rows([*pace_rows(("GPTBot", "unknown", ""), np.arange(9))], PACES)
    found = NOTHING_AUDITED._replace(paces=paces, lines=9)
    assert unpacked(sent(found)) == found
    assert unpacked(sent(sent(found))) == found
    assert merge_audits([sent(found), NOTHING_AUDITED]) == merge_audits([found])


def test_nothing_is_sent_as_nothing():
    nothing = sent(NOTHING_AUDITED)
    assert isinstance(nothing, AuditTables)
    assert nothing.is_empty
    assert len(pickle.dumps(NOTHING_AUDITED)) < 100

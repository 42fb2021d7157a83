"""What a connection to a cluster does in this process and in the workers it starts."""

import gc
import logging
import threading

import pytest
from findrobots.errors import ClusterError
from findrobots.running.cluster_client import open_client


@pytest.mark.cluster
def test_a_cluster_of_this_program_reports_nothing_and_its_end_neither(caplog):
    import distributed  # noqa: PLC0415 (it sets levels of its own)

    def reports():
        return logging.getLogger("distributed.batched").isEnabledFor(logging.INFO)

    assert distributed
    before = reports()
    logger = logging.getLogger("distributed")
    # Not one of those whose level Dask changes while the cluster runs.
    logger.addHandler(caplog.handler)
    with open_client("local-cluster", 1, connect_timeout=30, worker_timeout=60) as client:
        in_workers = client.run(reports)
    logger.removeHandler(caplog.handler)
    assert list(in_workers.values()) == [False]
    assert caplog.messages == []
    assert reports() == before


def test_an_address_that_is_none_leaves_no_thread_to_the_garbage_collector():
    gc.disable()
    try:
        before = threading.enumerate()
        with pytest.raises(ClusterError), open_client(
            "tcp://127.0.0.1:port", 1, connect_timeout=0.2, worker_timeout=1
        ):  # fmt: skip
            pass
        assert threading.enumerate() == before
    finally:
        gc.enable()

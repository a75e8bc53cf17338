"""The transaction of a message of a remote party, whatever carries out its payload."""


def carried_out(device, server, execution, payload):
    """Have a server carry out, sliced, a payload as one transaction; return the response's.

    server: its prepare(execution, payload) reads the payload, sliced, or raises PayloadError, and
    returns what carries it out, sliced, to the response's payload.
    """
    carry_out = yield from server.prepare(execution, payload)
    response = None

    def work():
        nonlocal response
        response = yield from carry_out()
        return not execution.failed

    yield from transacted(device, execution, work)
    return response


def transacted(device, execution, work):
    """Run, sliced, work() as the one transaction of a message; return whether all was done.

    device: its transact(); work() as that takes it, which sets execution.failed where it was not.
    OSError, and nothing has changed, where the memory can't keep it.
    """
    done = yield from device.transact(work, execution.use_case.code, execution.now_s)
    if not done and not execution.failed:
        raise OSError("the memory can't keep what the message did")
    return done

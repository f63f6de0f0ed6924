"""Steps of a client's session, each of which prints the line by which the test counts it."""
import contextlib


@contextlib.contextmanager
def step(name):
    try:
        yield
    except Exception as error:  # the next step is tried all the same
        print(f'not ok {name}: {type(error).__name__} {error}'.replace('\n', ' '))
    else:
        print(f'ok {name}')


def check(holds, found):
    if not holds:
        raise AssertionError(f'found {found!r}')


@contextlib.contextmanager
def refused(*errors):
    try:
        yield
    except errors:
        return
    raise AssertionError('was not refused')

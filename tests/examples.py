"""How many examples a property test draws: all of them in `make stress`, a sixth in the tiers."""

from hypothesis import settings

# A loaded machine is no fault of the software: examples have no deadline.
settings.register_profile("fast", deadline=None, max_examples=15)
settings.register_profile("full", deadline=None)


def examples(count, **more):
    """Settings of a property test with `count` examples."""
    full = settings.get_profile("full").max_examples == settings.default.max_examples
    return settings(max_examples=count if full else max(2, count // 6), **more)

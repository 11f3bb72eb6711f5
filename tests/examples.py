"""How many examples a property test draws: all of them in the slow tier, a sixth in the fast one."""

from hypothesis import settings


def examples(count, **more):
    """Settings of a property test with `count` examples."""
    full = settings.get_profile("full").max_examples == settings.default.max_examples
    return settings(max_examples=count if full else max(2, count // 6), **more)

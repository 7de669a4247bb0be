"""Results that are kept in memory."""

from descent_atlas.storage.recent_results import RecentResults


def test_the_results_used_last_are_kept() -> None:
    results = RecentResults[str, int | None](2)
    computed: list[str] = []

    def find(key: str) -> int | None:
        def compute() -> int | None:
            computed.append(key)
            return None if key == "none" else len(key)

        return results.find(key, compute)

    assert [find("none"), find("b"), find("none"), find("ccc")] == [None, 1, None, 3]
    assert computed == ["none", "b", "ccc"]
    assert ["none" in results, "b" in results, "ccc" in results] == [True, False, True]

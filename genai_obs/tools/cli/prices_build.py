"""``genai-obs prices build`` and ``refresh``: the snapshot, from the committed sources or from today's."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from genai_obs._runtime.rates import Snapshot
from genai_obs.tools.cli.files import check_writable, write_file
from genai_obs.tools.cli.prices_common import print_json, warn


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``build`` and ``refresh`` and their options."""
    build = actions.add_parser("build", help="compile the snapshot from the committed sources and report disagreements")
    build.add_argument("--output", metavar="FILE", help="where to write it; default: the packaged file")
    build.add_argument("--check", action="store_true", help="write nothing: fail if the file differs")
    build.add_argument("--extract", action="store_true", help="first read the installed genai-prices and litellm again")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.set_defaults(act=_build)

    refresh = actions.add_parser("refresh", help="build a newer snapshot on this machine, for GENAI_OBS_PRICES_FILE")
    refresh.add_argument("--output", metavar="FILE", default="genai-obs-prices.json", help="where to write it")
    refresh.add_argument("--price-list", metavar="DIR|URL", help="AWS Price List: a folder of offer files, or its URL")
    refresh.add_argument("--region", metavar="R", action="append", default=[], help="Regions to read from a URL")
    refresh.add_argument("--json", action="store_true", help="print the report as JSON")
    refresh.set_defaults(act=_refresh)


def _build(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices import build as building
    from genai_obs.tools.prices.overlay import load_overlay

    path = Path(arguments.output) if arguments.output else building.SNAPSHOT_PATH
    if not arguments.check:
        check_writable(path)
    overlay = load_overlay()
    if arguments.extract:
        _extract_again(building.DATA_DIRECTORY)
    extracts = building.load_extracts()
    built = building.build(overlay, extracts)
    _report(built, as_json=arguments.json)
    if built.failed:
        warn("the build fails until overlay.toml decides what is open")
        return 1
    content = building.render_snapshot(built, overlay, extracts, overlay.version)
    same = path.is_file() and path.read_bytes() == content
    if arguments.check and not same:
        warn(f"{path} is stale: run `genai-obs prices build`")
        return 1
    if not same:
        write_file(path, content)
    warn(f"{path} {'is what these sources make' if same else 'is written'} ({len(content):,} bytes)")
    return 0


def _extract_again(directory: Path) -> None:
    from genai_obs.tools.prices import sources

    today = date.today().isoformat()  # noqa: DTZ011 - a day on a person's calendar
    targets = {"genai_prices.json": sources.extract_genai_prices, "litellm.json": sources.extract_litellm}
    for name in targets:
        check_writable(directory / name)
    for name, extract in targets.items():
        sources.write_extract(extract(today), directory / name)


def _refresh(arguments: argparse.Namespace) -> int:
    from genai_obs.tools.prices import build as building
    from genai_obs.tools.prices.overlay import load_overlay
    from genai_obs.tools.prices.refresh import refreshed_claims, refreshed_extracts

    path = Path(arguments.output)
    check_writable(path)
    overlay = load_overlay()
    committed = building.load_extracts()
    extracts = refreshed_extracts(committed, warn)
    claims = refreshed_claims(arguments.price_list, arguments.region, overlay, warn)
    built = building.build(overlay, extracts, claims)
    _report(built, as_json=arguments.json)
    built = building.adopt(built, building.build(overlay, committed))
    version = datetime.now(UTC).date().isoformat()
    content = building.render_snapshot(built, overlay, extracts, version)
    Snapshot(orjson.loads(content))
    write_file(path, content)
    warn(f"wrote {arguments.output}; to use it: GENAI_OBS_PRICES_FILE={path.resolve()}")
    return 0


def _report(built: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "disagreements": [
                    {"what": each.what, "statements": each.statements, "decided": each.decided}
                    for each in built.disagreements
                ],
                "suspicious": built.suspicious,
                "not_taken": built.unmapped,
                "models": sum(1 for rows in built.rows.values() if rows),
            }
        )
        return
    for each in built.disagreements:
        print(f"{'decided' if each.decided else 'OPEN'}: {each.what}: {'; '.join(each.statements)}")
    for sentence in built.suspicious:
        print(f"OPEN: {sentence}")
    print(f"{sum(1 for rows in built.rows.values() if rows)} models priced, {len(built.unmapped)} names not taken")

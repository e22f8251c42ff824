"""Run the pieces of a query, several at a time, and cut those that come back full."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.job import Job, start_job
from genai_obs.tools.cloudwatch.limits import may_be_cut
from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.cloudwatch.pieces import Piece
from genai_obs.tools.cloudwatch.shapes import Exact, Inexact
from genai_obs.tools.insights.language import syntax

# Every piece is a query that is paid for; a range that needs more of them is better asked for in another way.
MOST_QUERIES = 200
_MOST_PARTS = 16
# [documented] API reference, StartQuery.
_LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Task:
    """
    What is asked.

    Args:
        query: The tree; None for a text that is not understood here.

        text: The query as written.

        groups: StartQuery's parameter for log groups.

        seconds: First and last second.

        limit: The row limit to send; None for the service's default.

        asked: Rows that the query or the caller wants at most; None for all.

        shape: How the query may be cut by time.
    """

    query: syntax.Query | None
    text: str
    groups: Mapping[str, Sequence[str]]
    seconds: tuple[int, int]
    limit: int | None
    asked: int | None
    shape: Exact | Inexact


@dataclass(slots=True)
class Run:
    """A task under way; everything happens in the thread of `all`, so that an interrupt finds it in order."""

    task: Task
    client: Any
    patience: Patience
    at_once: int
    told: Callable[[str, int, int, int], None]
    warnings: list[str] = field(default_factory=list)
    _waiting: list[Piece] = field(default_factory=list)
    _running: list[tuple[Piece, Job]] = field(default_factory=list)
    _done: list[tuple[Piece, Job]] = field(default_factory=list)
    _cut: list[Job] = field(default_factory=list)
    _started: int = 0

    def all(self) -> list[Job]:
        """
        Return the queries that together are the answer, in its order.

        Raises:
            GenaiObsError: As `query_cloudwatch`.
        """
        self._waiting.append(Piece.of_seconds(*self.task.seconds))
        try:
            while self._waiting or self._running:
                self._fill()
                self._step()
        except BaseException:
            for _, job in self._running:
                job.stop()
            raise
        newest_first = not (isinstance(self.task.shape, Exact) and self.task.shape.ascending)
        return [job for _, job in sorted(self._done, key=lambda done: done[0].first_ms, reverse=newest_first)]

    @property
    def bytes_scanned(self) -> int:
        """Bytes that all queries scanned so far."""
        return sum(job.bytes_scanned for job in self._jobs())

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self.at_once:
            piece = self._waiting[-1]
            try:
                job = self._start(piece)
            except GenaiObsError as error:
                if error.slug != "aws-busy" or not self._running:
                    raise
                # The account has no place left: go on with as many as there are, one of which may make room.
                self.at_once = len(self._running)
                return
            self._running.append((piece, job))
            self._waiting.pop()
            self._started += 1

    def _start(self, piece: Piece) -> Job:
        return start_job(
            self._text(piece),
            self.task.groups,
            piece.seconds(),
            self.task.limit,
            client=self.client,
            patience=self.patience,
            # While queries of our own run, they are to be asked first.
            wait_for_place=not self._running,
        )

    def _step(self) -> None:
        """Wait for the query that is to be asked next, and ask it."""
        entry = min(self._running, key=lambda running: running[1].due)
        piece, job = entry
        self.patience.sleep(max(0.0, job.due - self.patience.clock()))
        job.poll()
        if job.complete:
            self._running.remove(entry)
            self._finish(piece, job)
        self._tell("Running" if self._running or self._waiting else job.status)

    def _finish(self, piece: Piece, job: Job) -> None:
        pieces = self._pieces(piece, job) if self._is_cut(job) else [piece]
        if len(pieces) > 1:
            job.rows = []
            self._cut.append(job)
            self._waiting.extend(pieces)
        else:
            self._done.append((piece, job))

    def _is_cut(self, job: Job) -> bool:
        return may_be_cut(len(job.rows), self.task.limit, self.task.asked)

    def _pieces(self, piece: Piece, job: Job) -> list[Piece]:
        """Return what a piece that came back full is cut into; itself, with a warning, if it cannot be."""
        shape = self.task.shape
        rows = f"{len(job.rows):,} rows, as many as CloudWatch gives"
        if isinstance(shape, Exact) and self._started + len(self._waiting) >= MOST_QUERIES:
            self._warn(f"{rows}, from {piece.shown()}: after {MOST_QUERIES} queries the range is not cut further")
            return [piece]
        if isinstance(shape, Exact) and len(self.task.text) + 100 < _LONGEST_TEXT:
            pieces = piece.cut(self._parts(job, shape), shape.step_ms)
            if len(pieces) == 1:
                self._warn(f"{rows}, from {piece.shown()} alone, which cannot be cut further: there may be more")
            return pieces
        why = shape.why if isinstance(shape, Inexact) else "its text is too long to be filtered by time"
        self._warn(f"{rows}; there may be more, and cutting the time range would not be exact, because {why}")
        return [piece]

    def _parts(self, job: Job, shape: Exact) -> int:
        """Return into how many pieces to cut, by what the service says it matched: few rounds scan few bytes."""
        if shape.step_ms > 1:
            return 2
        return min(max(2, -(-job.records_matched * 5 // (len(job.rows) * 4))), _MOST_PARTS)

    def _text(self, piece: Piece) -> str:
        return piece.filtered(self.task.query) if self.task.query else self.task.text

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _tell(self, status: str) -> None:
        matched = sum(job.records_matched for _, job in (*self._done, *self._running))
        scanned = sum(job.records_scanned for job in self._jobs())
        self.told(status, matched, scanned, self.bytes_scanned)

    def _jobs(self) -> list[Job]:
        return [*self._cut, *(job for _, job in (*self._done, *self._running))]

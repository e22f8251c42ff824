"""What happens to a statement when somebody is impatient."""

import threading

from genai_obs.tools.insights.events.database import Database


class Running:
    """A connection whose statement ends at the second interruption; a further signal comes with the first."""

    def __init__(self, finished: threading.Event) -> None:
        self.interruptions = 0
        self._finished = finished

    def interrupt(self) -> None:
        """Take an interruption."""
        self.interruptions += 1
        if self.interruptions == 1:
            raise KeyboardInterrupt
        self._finished.set()


def test_a_second_signal_does_not_leave_a_statement_behind() -> None:
    """Closing a connection under a statement that runs would abort the whole process."""
    finished = threading.Event()
    connection = Running(finished)

    Database(connection)._stop(finished)

    assert (connection.interruptions, finished.is_set()) == (2, True)

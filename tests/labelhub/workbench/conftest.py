from tests.labelhub.reports.conftest import compared, rated

__all__ = ["compared", "rated"]

"""The database backend `ENGINE = "labelhub.postgres"`: Django's own for PostgreSQL over the embedded server."""

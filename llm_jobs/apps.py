from django.apps import AppConfig


class LlmJobsConfig(AppConfig):
    name = "llm_jobs"
    default_auto_field = "django.db.models.BigAutoField"

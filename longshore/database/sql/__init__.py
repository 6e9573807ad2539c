"""SQL text, split into statements and what each makes."""

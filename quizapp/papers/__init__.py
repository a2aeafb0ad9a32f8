"""Pages for print: a report as a tagged PDF, set by Typst out of plain blocks. Nothing that people wrote is read as markup."""

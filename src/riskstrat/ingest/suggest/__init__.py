"""What to write in study.toml for the files at hand: [[sources]] sections, with reasons."""

from riskstrat.ingest.suggest.suggestion import Suggestion, SuggestionFacts, suggest_sources

__all__ = ["Suggestion", "SuggestionFacts", "suggest_sources"]

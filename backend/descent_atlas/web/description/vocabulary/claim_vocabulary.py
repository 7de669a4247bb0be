"""Names and descriptions of the claims, and of how a table's accuracies compare."""

from collections.abc import Mapping
from typing import Any

from descent_atlas.landscapes.claims import claim as claims
from descent_atlas.landscapes.claims import table_standings
from descent_atlas.web.description.vocabulary.term import Term

CLAIM_TERMS: Mapping[type[Any], Term] = {
    claims.Claim: Term(
        "Claim",
        "A claim, with its verdict on the landscapes of this server.",
        {
            "id": "The claim's name.",
            "title": "The claim in a few words.",
            "statement": "The claim.",
            "verdict": "Whether the numbers bear it out.",
            "finding": "The numbers in words.",
            "rule": "The rule by which it was judged, from the dated file of rules.",
            "checks": "The parts of the claim, each true or false, or not to be told.",
            "numbers": "The numbers.",
            "link": "The page that shows them, relative to the site's base: from "
            "`https://example.com/atlas/`, `landscapes?show=bowl` leads to "
            "`https://example.com/atlas/landscapes?show=bowl`.",
            "figures": "The paper's figures and tables that the claim is about; of other claims, "
            "the publications that they are from.",
            "repeats": "What the same design says on other images, by the same rule.",
        },
    ),
    claims.ClaimRepeat: Term(
        "ClaimRepeat",
        "What a study that repeats the paper's design on other images says to a claim.",
        {
            "study": "The study's id.",
            "images": "What its images are.",
            "verdict": "Whether its numbers bear the claim out.",
            "finding": "The numbers in words.",
            "checks": "The parts of the claim, each true or false, or not to be told.",
            "numbers": "The numbers.",
            "link": "The page that shows them, relative to the site's base.",
        },
    ),
    claims.ClaimVerdict: Term(
        "ClaimVerdict",
        "`holds`: every check is true. `holds in part`: some are. `does not hold`: all are "
        "false. `contested`: two measures of it decide differently. `cannot be told`: evidence is "
        "missing, or the numbers do not decide.",
    ),
    claims.Check: Term(
        "ClaimCheck",
        "A part of a claim.",
        {
            "text": "The statement that is checked.",
            "passed": "Whether it is true; null if the numbers do not decide.",
        },
    ),
    claims.Number: Term(
        "ClaimNumber",
        "A number behind a claim.",
        {
            "label": "The number's name.",
            "value": "The number; null if it is not finite.",
            "unit": "What it counts. An accuracy is in percent, an angle in degrees, a share from "
            "0 to 1.",
        },
    ),
    table_standings.Standing: Term(
        "Standing",
        "How a mean accuracy compares with the highest mean of its table. `highest` is the highest "
        "itself, `best` if every other is `lower`.",
    ),
    table_standings.RunStanding: Term(
        "RunStanding",
        "A run's standing in a table.",
        {
            "run": "The run's id.",
            "standing": "The standing.",
            "difference": "Its mean less the highest, in percentage points; null for the highest, "
            "and without accuracies.",
            "low": "The lower limit of the corrected 95% interval of the difference; null for the "
            "highest, and with too few seeds.",
            "high": "The upper limit.",
        },
    ),
    table_standings.Standings: Term(
        "TableStandings",
        "How the accuracies of a table compare with the highest mean of the whole table.",
        {
            "highest": "The id of the run with the highest mean.",
            "comparisons": "The comparisons for which the intervals are corrected.",
            "rule": "The rule in words.",
            "runs": "The runs, in the order of the cells.",
        },
    ),
}

"""The techniques that exist. The command line, `rebalance techniques`, the docs and the tests read this list.

To add one: write its plan function, and its entry here.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from rebalance.errors import UsageError, did_you_mean
from rebalance.table.task import Task
from rebalance.techniques.settings import (
    ALPHA,
    BETA,
    COLUMNS,
    FENCE,
    KIND,
    METHOD,
    NEIGHBOR_SEARCH,
    NEIGHBORS,
    OPTIONS_OF_ALL,
    PERTURBATION,
    VERSION,
    Setting,
)

if TYPE_CHECKING:
    from rebalance.plan.plan import Plan
    from rebalance.techniques.context import TechniqueContext


class Family(StrEnum):
    """What a technique does to the rows."""

    NONE = "none"
    OVER_SAMPLING = "over-sampling"
    UNDER_SAMPLING = "under-sampling"
    CLEANING = "cleaning"
    COMBINED = "combined"
    WEIGHTING = "weighting"
    TRANSFORM = "transform"


class Reads(StrEnum):
    """Which cells a technique reads in addition to the target: what it needs memory for."""

    TARGET = "none"
    COLUMN = "those of some columns"
    GROWING_CLASSES = "those of the classes that grow"
    ALL = "all"


NO_TECHNIQUE = "none"
"""The name of the technique that changes nothing."""

CLASSIFICATION, REGRESSION = (Task.CLASSIFICATION,), (Task.REGRESSION,)
BOTH = (Task.CLASSIFICATION, Task.REGRESSION)


@dataclass(frozen=True)
class Technique:
    """One technique: what it is, when it helps, what it needs, and where its plan function is."""

    name: str
    family: Family
    summary: str
    """What it does, as a verb phrase."""

    needs: str
    """What it needs of the data."""

    when: str
    """When it is worth a try: one sentence."""

    paper: str
    """Where it was published."""

    path: str
    """`module:function` in `rebalance.techniques`, imported only when the technique is used."""

    settings: tuple[Setting[Any], ...] = ()
    tasks: tuple[Task, ...] = CLASSIFICATION
    reads: Reads = Reads.ALL

    @property
    def oversamples(self) -> bool:
        """Whether it can add rows."""
        return self.family in (Family.OVER_SAMPLING, Family.COMBINED)

    @property
    def undersamples(self) -> bool:
        """Whether it removes rows until a count is reached."""
        return self.family is Family.UNDER_SAMPLING

    @property
    def cleans(self) -> bool:
        """Whether it removes as many rows as it judges right."""
        return self.family in (Family.CLEANING, Family.COMBINED)

    @property
    def aliases(self) -> list[str]:
        """Other names that are understood."""
        return sorted(alias for alias, name in ALIASES.items() if name == self.name)

    @property
    def example(self) -> str:
        """A command that applies it to sample data."""
        file, target = ("orders", "fraud") if Task.CLASSIFICATION in self.tasks else ("claims", "amount")
        return f"rebalance resample sample_data/{file}.csv --target {target} --technique {self.name} -o balanced.csv"

    def find_setting(self, name: str) -> Setting[Any]:
        """Return the setting of that name. Raises UsageError, with what was meant, if there is none."""
        wanted = name.strip().replace("_", "-").casefold()
        for setting in self.settings:
            if wanted in (setting.name, *setting.aliases):
                return setting
        if wanted in OPTIONS_OF_ALL:
            option = OPTIONS_OF_ALL[wanted]
            raise UsageError(f"{self.name}: {name} is not a setting of one technique", f"use the option {option}")
        if wanted in (NEIGHBORS.name, *NEIGHBORS.aliases) and self.family is Family.CLEANING:
            raise UsageError(f"{self.name} has no setting {name!r}: its number of neighbors is fixed", self.summary)
        if not self.settings:
            raise UsageError(f"{self.name} has no settings", f"--technique {self.name}")
        known = [setting.name for setting in self.settings]
        hint = did_you_mean(wanted, known) or f"it has {', '.join(known)}"
        raise UsageError(
            f"{self.name} has no setting {name!r}", f"{hint} (`rebalance techniques {self.name}` shows its settings)"
        )

    def plan(self, context: "TechniqueContext") -> "Plan":
        """Decide what becomes of the rows of `context`."""
        module, _, function = self.path.partition(":")
        plan_function = getattr(importlib.import_module(f"rebalance.techniques.{module}"), function)
        return cast("Callable[[TechniqueContext], Plan]", plan_function)(context)


_SYNTHETIC = (NEIGHBORS, NEIGHBOR_SEARCH)
_NEEDS_PAIRS = "2 rows of each class (or rare range); a single row is repeated"

TECHNIQUES: tuple[Technique, ...] = (
    Technique(
        NO_TECHNIQUE,
        Family.NONE,
        "keep the rows unchanged",
        "nothing",
        "Always: it is the baseline that every other technique has to beat.",
        "",
        "weight:none",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "random-over",
        Family.OVER_SAMPLING,
        "repeat random rows of the smaller classes (or rare ranges)",
        "1 row of each class",
        "As a first try: with trees and boosting it is rarely worse than synthetic rows.",
        "",
        "oversample:random_over",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "smote",
        Family.OVER_SAMPLING,
        "interpolate between rows of the smaller classes (or rare ranges) and their nearest neighbors",
        _NEEDS_PAIRS,
        "When the rare class is small, its columns are mostly measurements, and the model is linear or distance-based.",
        "Chawla et al. 2002, JAIR 16",
        "oversample:smote",
        _SYNTHETIC,
        tasks=BOTH,
        reads=Reads.GROWING_CLASSES,
    ),
    Technique(
        "borderline-smote",
        Family.OVER_SAMPLING,
        "apply smote to the rows whose neighbors are mostly of other classes",
        _NEEDS_PAIRS,
        "When the classes overlap in a band, and the rows in that band decide.",
        "Han, Wang and Mao 2005, ICIC",
        "oversample:borderline_smote",
        (*_SYNTHETIC, KIND),
    ),
    Technique(
        "svm-smote",
        Family.OVER_SAMPLING,
        "apply smote to the support vectors of the classes",
        _NEEDS_PAIRS,
        "When the border is curved and the table small: training the SVM takes time quadratic in the number of rows.",
        "Nguyen, Cooper and Kamei 2011, IJKESDP 3",
        "oversample:svm_smote",
        _SYNTHETIC,
    ),
    Technique(
        "kmeans-smote",
        Family.OVER_SAMPLING,
        "apply smote within clusters where the class dominates, more in sparse ones",
        _NEEDS_PAIRS,
        "When a class forms several clusters, and lines between them would cross other classes.",
        "Last, Douzas and Bacao 2017, arXiv 1711.00837",
        "oversample:kmeans_smote",
        _SYNTHETIC,
        reads=Reads.GROWING_CLASSES,
    ),
    Technique(
        "adasyn",
        Family.OVER_SAMPLING,
        "apply smote more to rows with more neighbors of other classes",
        _NEEDS_PAIRS,
        "When hard rows should count more and labels are clean: mislabeled rows are over-sampled, too.",
        "He et al. 2008, IJCNN",
        "oversample:adasyn",
        _SYNTHETIC,
    ),
    Technique(
        "rose",
        Family.OVER_SAMPLING,
        "repeat random rows with Gaussian noise (a smoothed bootstrap)",
        "1 row of each class; noise needs 2",
        "When a model would overfit to exact copies, and the numbers are measurements with an error.",
        "Menardi and Torelli 2014, DMKD 28",
        "oversample:rose",
        tasks=BOTH,
        reads=Reads.GROWING_CLASSES,
    ),
    Technique(
        "random-under",
        Family.UNDER_SAMPLING,
        "keep random rows of the larger classes (or common ranges)",
        "1 row of each class",
        "When data is plentiful and training time is not.",
        "",
        "undersample:random_under",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "near-miss",
        Family.UNDER_SAMPLING,
        "keep the rows of the larger classes nearest to the smallest class",
        "3 rows of each class",
        "When only the border matters; it changes the shape of the larger classes, so compare it with none.",
        "Mani and Zhang 2003, ICML workshop",
        "undersample:near_miss",
        (VERSION,),
    ),
    Technique(
        "cluster-centroids",
        Family.UNDER_SAMPLING,
        "keep the real row nearest to each k-means center of the larger classes",
        "1 row of each class",
        "When few rows must represent many: it thins out evenly where random-under leaves gaps.",
        "Yen and Lee 2009, ESWA 36",
        "undersample:cluster_centroids",
    ),
    Technique(
        "instance-hardness",
        Family.UNDER_SAMPLING,
        "keep the rows of the larger classes that a random forest classifies with the highest probability",
        "2 rows of each class",
        "When the larger class contains many mislabeled rows, or rows that cannot be classified.",
        "Smith, Martinez and Giraud-Carrier 2014, ML 95",
        "undersample:instance_hardness",
    ),
    Technique(
        "tomek-links",
        Family.CLEANING,
        "remove the larger class's row of each pair of mutual nearest neighbors",
        "2 rows",
        "As a light cleaning of the border, before or after over-sampling.",
        "Tomek 1976, IEEE SMC 6",
        "clean:tomek_links",
        (NEIGHBOR_SEARCH,),
    ),
    Technique(
        "edited-nn",
        Family.CLEANING,
        "remove rows of the larger classes that have a neighbor of another class among their 3 nearest",
        "4 rows",
        "When the classes overlap and recall of the rare class matters most.",
        "Wilson 1972, IEEE SMC 2",
        "clean:edited_nn",
        (NEIGHBOR_SEARCH,),
    ),
    Technique(
        "repeated-edited-nn",
        Family.CLEANING,
        "repeat edited-nn until nothing changes",
        "4 rows",
        "When edited-nn has helped, and removing more rows might help, too.",
        "Tomek 1976, IEEE SMC 6",
        "clean:repeated_edited_nn",
    ),
    Technique(
        "all-knn",
        Family.CLEANING,
        "apply edited-nn with 1, 2 and 3 neighbors in turn",
        "4 rows",
        "When edited-nn removes too little, and repeated-edited-nn too much.",
        "Tomek 1976, IEEE SMC 6",
        "clean:all_knn",
    ),
    Technique(
        "condensed-nn",
        Family.CLEANING,
        "keep the rows of the larger classes that a nearest-neighbor classifier needs",
        "2 rows",
        "When the inside of the larger classes is redundant, labels are clean, and the table is small: it is slow.",
        "Hart 1968, IEEE IT 14",
        "clean:condensed_nn",
    ),
    Technique(
        "one-sided-selection",
        Family.CLEANING,
        "apply one pass of condensed-nn, then remove Tomek links",
        "2 rows",
        "When condensed-nn is too slow, or labels contain some noise.",
        "Kubat and Matwin 1997, ICML",
        "clean:one_sided_selection",
    ),
    Technique(
        "neighborhood-cleaning",
        Family.CLEANING,
        "apply edited-nn, and remove the neighbors that misclassify rows of the smallest class",
        "4 rows",
        "When cleaning matters more than reaching a count.",
        "Laurikkala 2001, AIME",
        "clean:neighborhood_cleaning",
    ),
    Technique(
        "smote-tomek",
        Family.COMBINED,
        "apply smote, then remove both rows of each Tomek link",
        _NEEDS_PAIRS,
        "When smote has helped, and blurred the border a little.",
        "Batista, Bazzan and Monard 2003, WOB",
        "clean:smote_tomek",
        _SYNTHETIC,
    ),
    Technique(
        "smote-enn",
        Family.COMBINED,
        "apply smote, then edited-nn to all classes",
        _NEEDS_PAIRS,
        "When smote has helped, and blurred the border a lot; the classes will not be of equal size.",
        "Batista, Prati and Monard 2004, SIGKDD 6",
        "clean:smote_enn",
        _SYNTHETIC,
    ),
    Technique(
        "class-weight",
        Family.WEIGHTING,
        "add a column of weights n / (classes * rows of the class)",
        "1 row of each class",
        "When the model accepts sample weights: no row is added or removed.",
        "King and Zeng 2001, Political Analysis 9",
        "weight:class_weight",
        reads=Reads.TARGET,
    ),
    Technique(
        "effective-number",
        Family.WEIGHTING,
        "add a column of weights (1 - beta) / (1 - beta ** rows of the class)",
        "1 row of each class",
        "When class sizes span orders of magnitude, and class-weight goes too far.",
        "Cui et al. 2019, CVPR",
        "weight:effective_number",
        (BETA,),
        reads=Reads.TARGET,
    ),
    Technique(
        "smogn",
        Family.OVER_SAMPLING,
        "apply smote towards near neighbors, and Gaussian noise where the neighbor is far",
        _NEEDS_PAIRS,
        "When the rare values of a numeric target are few and scattered: no row is added where there are no data.",
        "Branco, Torgo and Ribeiro 2017, LIDTA, PMLR 74",
        "oversample:smogn",
        (*_SYNTHETIC, PERTURBATION),
        REGRESSION,
        reads=Reads.GROWING_CLASSES,
    ),
    Technique(
        "density-weight",
        Family.WEIGHTING,
        "add a column of weights that are smaller where target values are denser",
        "nothing",
        "When the model accepts sample weights: no row is added or removed, and no threshold defines what is rare.",
        "Steininger et al. 2021, ML 110",
        "weight:density_weight",
        (ALPHA,),
        REGRESSION,
        reads=Reads.TARGET,
    ),
    Technique(
        "drop-outliers",
        Family.CLEANING,
        "remove rows beyond Tukey's fences, or those that an isolation forest flags",
        "nothing",
        "When outliers are measurement errors. When outliers are what matters, this technique does harm.",
        "Tukey 1977, Exploratory Data Analysis; Liu, Ting and Zhou 2008, ICDM",
        "outliers:drop_outliers",
        (FENCE, COLUMNS, METHOD),
        REGRESSION,
        reads=Reads.COLUMN,
    ),
    Technique(
        "clip-outliers",
        Family.TRANSFORM,
        "replace values beyond Tukey's fences by the last value within (winsorize)",
        "nothing",
        "When outliers have the right sign but an exaggerated size.",
        "Tukey 1977, Exploratory Data Analysis",
        "outliers:clip_outliers",
        (FENCE, COLUMNS),
        REGRESSION,
        reads=Reads.COLUMN,
    ),
    Technique(
        "log1p",
        Family.TRANSFORM,
        "replace values by log(1 + value)",
        "values above -1",
        "When errors matter in proportion: prices, areas, durations, counts.",
        "",
        "transform:log1p",
        (COLUMNS,),
        REGRESSION,
        reads=Reads.COLUMN,
    ),
    Technique(
        "yeo-johnson",
        Family.TRANSFORM,
        "apply the Yeo-Johnson power transform that makes the values most nearly normal",
        "nothing",
        "As log1p, for values of any sign, or for a skew that log1p overcorrects.",
        "Yeo and Johnson 2000, Biometrika 87",
        "transform:yeo_johnson",
        (COLUMNS,),
        REGRESSION,
        reads=Reads.COLUMN,
    ),
    Technique(
        "quantile-normal",
        Family.TRANSFORM,
        "replace values by the normal quantiles of their ranks",
        "nothing",
        "When no power makes the values nearly normal, and only their order can be trusted.",
        "",
        "transform:quantile_normal",
        (COLUMNS,),
        REGRESSION,
        reads=Reads.COLUMN,
    ),
)

ALIASES = {
    "smotenc": "smote",
    "smoten": "smote",
    "randomoversampler": "random-over",
    "ros": "random-over",
    "randomundersampler": "random-under",
    "rus": "random-under",
    "instancehardnessthreshold": "instance-hardness",
    "iht": "instance-hardness",
    "enn": "edited-nn",
    "editednearestneighbours": "edited-nn",
    "renn": "repeated-edited-nn",
    "repeatedenn": "repeated-edited-nn",
    "repeatededitednearestneighbours": "repeated-edited-nn",
    "cnn": "condensed-nn",
    "condensednearestneighbour": "condensed-nn",
    "oss": "one-sided-selection",
    "ncr": "neighborhood-cleaning",
    "neighbourhoodcleaning": "neighborhood-cleaning",
    "neighbourhoodcleaningrule": "neighborhood-cleaning",
}
"""The field's other names for techniques, in lower case without hyphens. smote covers SMOTE-NC and SMOTE-N: the roles
of the columns decide."""


def find_technique(name: str) -> Technique:
    """Return the technique of that name, whatever its case and hyphens. Raises UsageError, with what was meant."""
    folded = _fold(name)
    wanted = _fold(ALIASES.get(folded, folded))
    for technique in TECHNIQUES:
        if _fold(technique.name) == wanted:
            return technique
    names = [technique.name for technique in TECHNIQUES]
    hint = did_you_mean(name, names) or did_you_mean(name, list(ALIASES), ALIASES) or ""
    raise UsageError(f"there is no technique {name!r}", f"{hint} `rebalance techniques` lists them".strip())


def _fold(name: str) -> str:
    return name.replace("-", "").replace("_", "").casefold()

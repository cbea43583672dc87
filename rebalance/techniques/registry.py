"""The techniques that exist. Help, completion, `rebalance techniques`, the README and the tests read this.

To add one: write its plan function, and its entry here.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from rebalance.plan.plan import Plan
    from rebalance.techniques.problem import Problem


class Family(StrEnum):
    """What a technique does to the rows."""

    NOTHING = "nothing"
    GROW = "grow"
    SHRINK = "shrink"
    CLEAN = "clean"
    HYBRID = "hybrid"
    WEIGH = "weigh"
    REWRITE = "rewrite"


class Task(StrEnum):
    """What the target is."""

    CLASSES = "classes"
    QUANTITY = "quantity"


class Reads(StrEnum):
    """Of which rows a technique reads more than the target: what it takes memory for."""

    TARGET = "none"
    MEASURED = "all, one column"
    GROWN = "those of the classes that grow"
    ALL = "all"


CLASSES, QUANTITY = (Task.CLASSES,), (Task.QUANTITY,)
BOTH = (Task.CLASSES, Task.QUANTITY)


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique: what it is, when it helps, what it needs, and where its plan function is.

    `path` is `module:function` in `rebalance.techniques`, imported only when the technique is used. `paper`
    is where it comes from. `options` are the command line's that it heeds. `tasks`: the targets it is for; of a
    quantity, techniques that count rows take the ranges of its values for classes. `reads`: of which rows it reads
    more than the target.
    """

    name: str
    family: Family
    summary: str
    needs: str
    when: str
    paper: str
    path: str
    options: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = CLASSES
    reads: Reads = Reads.ALL

    @property
    def grows(self) -> bool:
        """Whether it can add rows."""
        return self.family in (Family.GROW, Family.HYBRID)

    @property
    def shrinks(self) -> bool:
        """Whether it leaves rows out until a count is reached."""
        return self.family is Family.SHRINK

    @property
    def cleans(self) -> bool:
        """Whether it leaves out as many rows as it sees fit."""
        return self.family in (Family.CLEAN, Family.HYBRID)

    def plan(self, problem: "Problem") -> "Plan":
        """Decide what becomes of the rows of `problem`."""
        module, _, function = self.path.partition(":")
        found = getattr(importlib.import_module(f"rebalance.techniques.{module}"), function)
        return cast("Callable[[Problem], Plan]", found)(problem)


_SEARCH = ("--neighbor-search",)
_K = ("--neighbors", *_SEARCH)
_SMALL = "2 rows a class; with n rows at most n - 1 neighbours"

TECHNIQUES: tuple[Technique, ...] = (
    Technique(
        "none",
        Family.NOTHING,
        "the rows as they are",
        "nothing",
        "Always: every other one has to beat it.",
        "",
        "weigh:none",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "random-over",
        Family.GROW,
        "repeat random rows of the smaller classes (or rare ranges)",
        "1 row a class",
        "A first try; with trees and boosting rarely worse than anything synthetic.",
        "",
        "grow:random_over",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "smote",
        Family.GROW,
        "make rows between near neighbours of the smaller classes",
        _SMALL,
        "The minority is small, its columns mostly measurements, the model linear or distance-based.",
        "Chawla et al. 2002, JAIR 16",
        "grow:smote",
        _K,
        tasks=BOTH,
        reads=Reads.GROWN,
    ),
    Technique(
        "borderline-smote",
        Family.GROW,
        "smote from the rows whose neighbours are mostly of other classes",
        _SMALL,
        "The classes overlap in a band, and the rows in it decide.",
        "Han, Wang and Mao 2005, ICIC",
        "grow:borderline_smote",
        (*_K, "--kind"),
    ),
    Technique(
        "svm-smote",
        Family.GROW,
        "smote from the support vectors of the classes",
        _SMALL,
        "The border is curved and the table small: the machine takes time with the square of the rows.",
        "Nguyen, Cooper and Kamei 2011, IJKESDP 3",
        "grow:svm_smote",
        _K,
    ),
    Technique(
        "kmeans-smote",
        Family.GROW,
        "smote within clusters that a class rules, more in sparse ones",
        _SMALL,
        "A class lies in several islands, and lines between islands would cross other classes.",
        "Last, Douzas and Bacao 2017, arXiv 1711.00837",
        "grow:kmeans_smote",
        _K,
        reads=Reads.GROWN,
    ),
    Technique(
        "adasyn",
        Family.GROW,
        "smote more from rows with more neighbours of other classes",
        _SMALL,
        "Hard rows should weigh more, and labels are clean: it also grows what is mislabelled.",
        "He et al. 2008, IJCNN",
        "grow:adasyn",
        _K,
    ),
    Technique(
        "rose",
        Family.GROW,
        "repeat random rows with Gaussian noise, a smoothed bootstrap",
        "1 row a class; noise from 2",
        "Copies would be learned by heart, and the numbers are measurements with an error.",
        "Menardi and Torelli 2014, DMKD 28",
        "grow:rose",
        tasks=BOTH,
        reads=Reads.GROWN,
    ),
    Technique(
        "random-under",
        Family.SHRINK,
        "keep random rows of the larger classes (or common ranges)",
        "1 row a class",
        "Data is plentiful and training time is not.",
        "",
        "shrink:random_under",
        tasks=BOTH,
        reads=Reads.TARGET,
    ),
    Technique(
        "near-miss",
        Family.SHRINK,
        "keep the rows of larger classes nearest to the smallest",
        "3 rows a class",
        "Only the border matters; it changes the larger classes' shape, so compare.",
        "Mani and Zhang 2003, ICML workshop",
        "shrink:near_miss",
        ("--version",),
    ),
    Technique(
        "cluster-centroids",
        Family.SHRINK,
        "keep the real row nearest to each of as many k-means centres",
        "1 row a class",
        "Few rows must stand for many: it thins out evenly where random-under leaves gaps.",
        "Yen and Lee 2009, ESWA 36",
        "shrink:cluster_centroids",
    ),
    Technique(
        "instance-hardness",
        Family.SHRINK,
        "keep the rows that a random forest finds easy",
        "2 rows a class",
        "The larger class holds many mislabelled or hopeless rows.",
        "Smith, Martinez and Giraud-Carrier 2014, ML 95",
        "shrink:instance_hardness",
    ),
    Technique(
        "tomek-links",
        Family.CLEAN,
        "leave out larger-class rows that are a smaller one's mutual neighbour",
        "2 rows",
        "A light clean-up of the border, before or after growing.",
        "Tomek 1976, IEEE SMC 6",
        "clean:tomek_links",
        _SEARCH,
    ),
    Technique(
        "edited-nn",
        Family.CLEAN,
        "leave out larger-class rows with a neighbour of another class",
        "4 rows",
        "The classes overlap and recall of the rare one matters most.",
        "Wilson 1972, IEEE SMC 2",
        "clean:edited_nn",
        _SEARCH,
    ),
    Technique(
        "repeated-enn",
        Family.CLEAN,
        "edited-nn until nothing changes",
        "4 rows",
        "edited-nn helped, and more of it might.",
        "Tomek 1976, IEEE SMC 6",
        "clean:repeated_enn",
    ),
    Technique(
        "all-knn",
        Family.CLEAN,
        "edited-nn with 1, 2 and 3 neighbours in turn",
        "4 rows",
        "edited-nn leaves too little out, repeated-enn too much.",
        "Tomek 1976, IEEE SMC 6",
        "clean:all_knn",
    ),
    Technique(
        "condensed-nn",
        Family.CLEAN,
        "keep the larger-class rows that a nearest neighbour needs",
        "2 rows",
        "The inside of large classes is redundant, labels are clean, the table is small: it is slow.",
        "Hart 1968, IEEE IT 14",
        "clean:condensed_nn",
    ),
    Technique(
        "one-sided-selection",
        Family.CLEAN,
        "condense once, then leave Tomek links out",
        "2 rows",
        "As condensed-nn, on larger tables and with some noise.",
        "Kubat and Matwin 1997, ICML",
        "clean:one_sided_selection",
    ),
    Technique(
        "neighbourhood-cleaning",
        Family.CLEAN,
        "edited-nn, and rows that mislead the smallest class's neighbours",
        "4 rows",
        "Cleaning matters more than shrinking.",
        "Laurikkala 2001, AIME",
        "clean:neighbourhood_cleaning",
    ),
    Technique(
        "smote-tomek",
        Family.HYBRID,
        "smote, then leave both rows of each Tomek link out",
        _SMALL,
        "smote helped but blurred the border a little.",
        "Batista, Bazzan and Monard 2003, WOB",
        "clean:smote_tomek",
        _K,
    ),
    Technique(
        "smote-enn",
        Family.HYBRID,
        "smote, then edited-nn on all classes",
        _SMALL,
        "smote helped but blurred the border a lot; counts will not be even.",
        "Batista, Prati and Monard 2004, SIGKDD 6",
        "clean:smote_enn",
        _K,
    ),
    Technique(
        "class-weight",
        Family.WEIGH,
        "a column of weights n / (classes * rows of the class)",
        "1 row a class",
        "The model takes sample weights: no row is added or lost.",
        "King and Zeng 2001, Political Analysis 9",
        "weigh:class_weight",
        reads=Reads.TARGET,
    ),
    Technique(
        "effective-number",
        Family.WEIGH,
        "a column of weights (1 - beta) / (1 - beta ** rows of the class)",
        "1 row a class",
        "Classes span orders of magnitude and class-weight overdoes it.",
        "Cui et al. 2019, CVPR",
        "weigh:effective_number",
        ("--beta",),
        reads=Reads.TARGET,
    ),
    Technique(
        "smogn",
        Family.GROW,
        "smote towards near neighbours, Gaussian noise where the neighbour is far",
        _SMALL,
        "The rare values of a quantity are few and scattered: no row is made half way across a gap.",
        "Branco, Torgo and Ribeiro 2017, LIDTA, PMLR 74",
        "smogn:smogn",
        (*_K, "--perturbation"),
        QUANTITY,
        reads=Reads.GROWN,
    ),
    Technique(
        "density-weight",
        Family.WEIGH,
        "a column of weights, less the more densely values lie",
        "nothing",
        "The model takes sample weights: no row is added or lost, and no threshold says what is rare.",
        "Steininger et al. 2021, ML 110",
        "weigh:density_weight",
        ("--alpha",),
        QUANTITY,
        reads=Reads.TARGET,
    ),
    Technique(
        "drop-outliers",
        Family.CLEAN,
        "leave out rows beyond Tukey's fences, or those an isolation forest finds",
        "nothing",
        "Far values are errors of measurement. If they are what matters, it does harm.",
        "Tukey 1977, Exploratory Data Analysis; Liu, Ting and Zhou 2008, ICDM",
        "outliers:drop_outliers",
        ("--fence", "--columns", "--method"),
        QUANTITY,
        reads=Reads.MEASURED,
    ),
    Technique(
        "clip-outliers",
        Family.REWRITE,
        "write values beyond Tukey's fences as the last one within (winsorize)",
        "nothing",
        "Far values are right about the direction and wrong about the size.",
        "Tukey 1977, Exploratory Data Analysis",
        "outliers:clip_outliers",
        ("--fence", "--columns", "--keep-original"),
        QUANTITY,
        reads=Reads.MEASURED,
    ),
    Technique(
        "log1p",
        Family.REWRITE,
        "write values as log(1 + value)",
        "values above -1",
        "Errors matter in proportion: prices, areas, durations, counts.",
        "",
        "reshape:log1p",
        ("--columns", "--keep-original"),
        QUANTITY,
        reads=Reads.MEASURED,
    ),
    Technique(
        "yeo-johnson",
        Family.REWRITE,
        "write values as the power of them that is nearest to normal",
        "nothing",
        "As log1p, with values of any sign, or a skew that log1p overdoes.",
        "Yeo and Johnson 2000, Biometrika 87",
        "reshape:yeo_johnson",
        ("--columns", "--keep-original"),
        QUANTITY,
        reads=Reads.MEASURED,
    ),
    Technique(
        "quantile-normal",
        Family.REWRITE,
        "write values as the normal quantile of their rank",
        "nothing",
        "No power makes the spread even, and only the order of values is to be trusted.",
        "",
        "reshape:quantile_normal",
        ("--columns", "--keep-original"),
        QUANTITY,
        reads=Reads.MEASURED,
    ),
)

ALIASES = {"smote-nc": "smote", "smote-n": "smote"}
"""Names of the same technique elsewhere: here the columns' roles decide."""

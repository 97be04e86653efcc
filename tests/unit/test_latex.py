r"""digest.latex: LaTeX as Unicode, and what merely looks like it."""

from __future__ import annotations

import pytest

from digest.latex import to_unicode


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (r"Andr\'e", "André"),
        (r"Andr\'{e}", "André"),
        (r"G{\"o}del", "Gödel"),
        (r"Erd\H{o}s", "Erdős"),
        (r"Mar\'{\i}a", "María"),
        (r"na\"{\i}ve", "naïve"),
        (r"$\beta$-VAE", "β-VAE"),
        (r"$β$-stable", "β-stable"),
        (r"$O(n^2)$ time", "O(n²) time"),
        (r"$x_1$ and $x_{2}$", "x₁ and x₂"),
        (r"$10^{-3}$", "10⁻³"),
        (r"\textbf{bold} move", "bold move"),
        (r"50\% off", "50% off"),
        (r"R\&D", "R&D"),
        (r"\(\beta\)", "β"),
        (r"$$ a \ge b $$", "a ≥ b"),
        (r"$2 \leftrightarrow 3 $ processes", "2 ↔ 3 processes"),
        (r"{\em local} and {\bf 71}", "local and 71"),
        (r"with \dot M", "with Ṁ"),
        (r"G_1 \cup G_2 \delta", "G_1 \N{UNION} G_2 δ"),
        (r"over $\Q$ and $\Z$", "over \N{DOUBLE-STRUCK CAPITAL Q} and \N{DOUBLE-STRUCK CAPITAL Z}"),
        (r"the $\kt$-spectrum", "the kt-spectrum"),
        (r"as shown \cite[p. 3]{Kig01}.", "as shown ."),
        (r"i.e.\ this", "i.e. this"),
        (r"p^{1/2} in $n^{1/2}$", "p^{1/2} in n^1/2"),
        (r"$z \gt 5$", "z > 5"),
        (r"c\,d", "c d"),
        (r"$\|x\|_2$ grows", "‖x‖₂ grows"),
        (r"a \(\|x\|\)", "a ‖x‖"),
        (r"$\approx$5 of $\approx$10", "≈5 of ≈10"),
        (r"{\it {in} vitro} work", "in vitro work"),
    ],
)
def test_latex_becomes_unicode(given: str, expected: str) -> None:
    """Accents, mathematics and commands are written as Unicode."""
    assert expected == to_unicode(given)


@pytest.mark.parametrize(
    "given",
    [
        "plain words",
        "costs $5 or $6",
        "from $1M to $2M",
        "a $5-$6 lunch",
        "one $ alone",
        r"C:\ is a disk",
        "$ x $",
        "{braces} stay",
        "100% of it",
        r"\unknowncommand",
    ],
)
def test_what_is_no_latex_stays(given: str) -> None:
    """Money, braces, lone signs and what cannot be read stay as they are."""
    assert given == to_unicode(given)


def test_broken_latex_raises_nothing() -> None:
    """Mathematics that does not close its braces leaves the words around it."""
    assert "before" == to_unicode(r"before $\frac{a$ after").split()[0]

"""Long lines are broken where black breaks them."""

import ast

import pytest

from core.export.format import WIDTH, Bracket, Item, commented, laid_out, note, split, statement


def texts(bracket: Bracket, depth: int = 0, tail: str = "") -> list[str]:
    return [line.text for line in laid_out(bracket, depth, tail)]


def call(*items: str, exploded: bool = False) -> Bracket:
    return Bracket("f(", tuple(Item(item) for item in items), exploded=exploded)


def test_what_fits_stays_on_a_line() -> None:
    assert texts(call("a", "b")) == ["f(a, b)"]
    assert texts(call("a" * 40, "b" * (WIDTH - 45))) == [f"f({'a' * 40}, {'b' * (WIDTH - 45)})"]


def test_arguments_that_fit_on_one_line_get_one_without_a_last_comma() -> None:
    bracket = Bracket("longer(", (Item("a" * 41), Item("b" * 41)))
    assert texts(bracket) == ["longer(", f"    {'a' * 41}, {'b' * 41}", ")"]


def test_longer_ones_get_a_line_each_with_a_last_comma() -> None:
    items = ("a" * 60, "b" * 60)
    assert texts(call(*items), 1, ":") == ["    f(", f"        {items[0]},", f"        {items[1]},", "    ):"]


def test_exploded_brackets_have_an_item_a_line_each_with_its_comment() -> None:
    bracket = Bracket("f(", (Item("a", "first"), Item("b")), head="begin", exploded=True)
    assert texts(bracket) == ["f(  # begin", "    a,  # first", "    b,", ")"]


def test_a_comment_that_does_not_fit_is_left_out() -> None:
    assert commented("x" * 80, "1234") == "x" * 80 + "  # 1234"
    assert commented("x" * 80, "12345") == "x" * 80


def test_a_note_is_one_line_whatever_it_says() -> None:
    assert note("two\nlines", 1).text == "    # two lines"


def test_commas_inside_brackets_do_not_split() -> None:
    assert split("a, f(b, c), [d, e], (1,)") == ["a", "f(b, c)", "[d, e]", "(1,)"]


@pytest.mark.parametrize("size", range(60, 130))
def test_a_long_statement_is_laid_out_as_black_does(size: int) -> None:
    black = pytest.importorskip("black")
    name = "n" * (size // 3)
    text = f"x = F.relu(self.{name}(x, {name}), {name})"
    lines = [line.text for line in statement(text)]
    assert "\n".join(lines) + "\n" == black.format_str(text, mode=black.Mode())


@pytest.mark.parametrize("size", range(5, 40))
def test_chinese_names_take_two_columns_a_sign(size: int) -> None:
    black = pytest.importorskip("black")
    text = f"x = F.relu(self.{'塊' * size}(x))  # (B, 4)"
    lines = [line.text for line in statement(text.split("  #")[0], comment="(B, 4)")]
    assert "\n".join(lines) + "\n" == black.format_str("\n".join(lines), mode=black.Mode())


@pytest.mark.parametrize("count", range(2, 20))
@pytest.mark.parametrize("start", ["x = ", "return "])
def test_a_long_sum_is_laid_out_as_black_does(count: int, start: str) -> None:
    black = pytest.importorskip("black")
    text = "    " + start + " + ".join(f"branch{i}" for i in range(count))
    lines = [line.text for line in statement(text.strip(), 1)]
    whole = "def f():\n" + "\n".join(lines) + "\n"
    assert whole == black.format_str(f"def f():\n{text}\n", mode=black.Mode())


@pytest.mark.parametrize("size", range(1, 40))
@pytest.mark.parametrize("index", ["[0]", "[1][0][-1]"])
def test_one_of_several_results_is_laid_out_as_black_does(size: int, index: str) -> None:
    black = pytest.importorskip("black")
    text = f"x = self.attention({'x' * size}, another_argument, mask=generate(x.shape[1])){index}"
    lines = [line.text for line in statement(text)]
    assert "\n".join(lines) + "\n" == black.format_str(text, mode=black.Mode())


@pytest.mark.parametrize("count", range(1, 14))
@pytest.mark.parametrize("start", ["x = ", "return "])
def test_sums_of_products_and_choices_are_broken_at_the_weakest_operator_as_black_does(
    count: int, start: str
) -> None:
    black = pytest.importorskip("black")
    products = " - ".join(f"4 * width * ((size + {i}) // 8)" for i in range(count))
    for text in (start + products, f"{start}{products} if i == 0 else growth + {products}"):
        lines = [line.text for line in statement(text, 1)]
        whole = "def f():\n" + "\n".join(lines) + "\n"
        assert whole == black.format_str(f"def f():\n    {text}\n", mode=black.Mode())


@pytest.mark.parametrize("count", range(1, 9))
def test_an_argument_in_parentheses_is_broken_at_the_weakest_operator_as_black_does(count: int) -> None:
    black = pytest.importorskip("black")
    products = " + ".join(f"4 * width * ((size + {i}) // 8)" for i in range(count))
    text = f"self.fc = nn.Linear({products}, features)"
    whole = "\n".join(line.text for line in statement(text)) + "\n"
    assert black.format_str(whole, mode=black.Mode()) == whole


@pytest.mark.parametrize("size", range(1, 60))
def test_masks_that_are_put_together_are_broken_at_the_weakest_operator_as_black_does(size: int) -> None:
    black = pytest.importorskip("black")
    mask = f"(mask == 0).flip(0) | {'u' * size}(h, h) & self.{'c' * size} ^ other"
    for text in (
        f"h = self.attention(h, h, attn_mask={mask})[0]",
        f"x = {'u' * size} | {'v' * size} & other",
    ):
        whole = "\n".join(line.text for line in statement(text)) + "\n"
        assert black.format_str(whole, mode=black.Mode()) == whole


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize(
    "around", ["x = ({})", "x = ({}) // 2", "f(({}) // 2, 3)", "f(({}), 3)", "f((({},), 3))"]
)
def test_a_value_in_parentheses_stays_the_value_that_it_is(around: str, count: int) -> None:
    text = around.format(" + ".join(f"self.dilation_{i} * self.kernel_size" for i in range(count)))
    lines = "\n".join(line.text for line in statement(text))
    assert ast.dump(ast.parse(lines)) == ast.dump(ast.parse(text)), lines

"""What is public, and that it stays what it is."""

import inspect
import pkgutil

import genai_obs
from genai_obs import schema, testing


def test_public_names() -> None:
    """The package exports these and keeps them sorted."""
    assert genai_obs.__all__ == ["__version__", "annotate", "configure", "log_metric", "observe_inference"]
    assert all(hasattr(genai_obs, name) for name in genai_obs.__all__)


def test_modules_are_private_but_for_a_few() -> None:
    """Users import the package, ``testing`` and ``schema``; the rest is ours to change."""
    modules = {module.name for module in pkgutil.iter_modules(genai_obs.__path__) if not module.name.startswith("_")}

    assert modules == {"errors", "pytest_plugin", "schema", "testing", "tools"}


def test_public_things_are_documented() -> None:
    """Each has a docstring that explains every argument."""
    functions = [getattr(genai_obs, name) for name in genai_obs.__all__ if name != "__version__"]
    functions += [getattr(testing, name) for name in testing.__all__]

    for function in functions:
        doc = inspect.getdoc(function) or ""
        names = [name for name, p in inspect.signature(function).parameters.items() if p.kind != p.VAR_KEYWORD]
        assert doc
        if function.__module__.startswith("genai_obs._runtime"):
            assert [name for name in names if f"\n    {name}: " not in doc] == []


def test_signatures() -> None:
    """Positional and keyword arguments are a promise."""
    assert str(inspect.signature(genai_obs.log_metric)) == (
        "(metric_name: str, value: float, unit: str = 'Count', properties: collections.abc.Mapping[str, object] | None"
        " = None, *, dimensions: collections.abc.Mapping[str, str] | None = None) -> None"
    )
    assert list(inspect.signature(genai_obs.observe_inference).parameters) == [
        "function",
        "model_id",
        "provider",
        "operation",
        "processing",
        "fields",
        "capture_content",
        "prices",
    ]
    assert str(inspect.signature(genai_obs.annotate)) == "(**given: object) -> None"


def test_schema_is_consistent() -> None:
    """No name stands twice, metrics refer to fields, dimensions to nothing that a user may set."""
    names = [field.name for field in schema.FIELDS]

    assert len(set(names)) == len(names)
    assert {metric.field for metric in schema.METRICS} <= set(names)
    assert not schema.CALLER_FIELDS & schema.RESERVED_FIELDS
    assert {"_aws", "Environment", "ModelId"} <= schema.RESERVED_FIELDS
    assert set(schema.PRICED_STATUSES) <= set(schema.COST_STATUSES)

"""Models: which serve, how good they were, how good they are, and what has drifted."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import (
    AGE,
    COUNT,
    NUMBER,
    PER_SECOND,
    RATE,
    SHARE,
    Limits,
    Query,
)
from infra.grafana.panels import Panel, bars, density, graph, listing
from infra.grafana.tables import models_in_service

_OF = 'problem=~"$problem"'
_ONE = 'problem=~"$problem",version=~"$version"'
_PSI = Limits(0.1, 0.25)
_MODEL = {"problem": "problem", "version": "version"}


def drift() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-models",
        "Models and drift",
        "Which models serve, how good they were on their test part and are now, what has drifted.",
        (
            Row("In service", _service()),
            Row("Performance", _performance()),
            Row("Predictions", _predictions()),
            Row("Drift", _drift()),
            Row("Challengers and training", _training()),
        ),
        by_model=True,
    )


def _service() -> tuple[Panel, ...]:
    return (
        models_in_service(_ONE),
        listing(
            "Versions in the registry",
            COUNT,
            Query('mlflow_model_versions{problem=~"$problem"}', "versions"),
            about="By their stage.",
            columns={"problem": "problem", "stage": "stage"},
        ),
        graph(
            "Swaps",
            COUNT,
            Query(
                f"sum by (problem, result) (api_model_swaps_total{{{_OF}}})",
                "{{problem}} {{result}}",
            ),
            about="Models put into service and refused, since the processes of the API started.",
            alerts=("ModelSwapFailed",),
        ),
    )


def _performance() -> tuple[Panel, ...]:
    return (
        listing(
            "On the test part",
            NUMBER,
            *(
                Query(
                    'max by (problem, alias, metric) (api_model_offline_metric{problem=~"$problem",'
                    f'bound="{bound}"}})',
                    bound,
                )
                for bound in ("value", "low", "high")
            ),
            about="What the models in service reached on rows that nobody had learned from, with "
            "95 % intervals.",
            columns={"problem": "problem", "alias": "alias", "metric": "metric"},
            width=12,
        ),
        listing(
            "Lately",
            NUMBER,
            *(
                Query(
                    'max by (problem, version, metric) (vigia_live_metric{problem=~"$problem",'
                    f'bound="{bound}"}})',
                    bound,
                )
                for bound in ("value", "low", "high")
            ),
            about="What they reach on predictions whose outcome is known, with 95 % intervals.",
            columns={**_MODEL, "metric": "metric"},
            alerts=("CalibrationOff", "ModelRanksWorse"),
            width=12,
        ),
        graph(
            "AUROC",
            NUMBER,
            Query(
                'max by (problem, bound) (vigia_live_metric{problem=~"$problem",metric="auroc"})',
                "{{problem}} lately, {{bound}}",
            ),
            Query(
                'max by (problem) (api_model_offline_metric{problem=~"$problem",'
                'alias="production",metric="auroc",bound="value"})',
                "{{problem}} on the test part",
            ),
            about="How well patients are told apart: lately, against the test part.",
            alerts=("ModelRanksWorse",),
            width=12,
        ),
        graph(
            "Outcomes",
            COUNT,
            Query(
                f'max by (problem, state) (vigia_monitoring_outcomes{{{_OF},version=""}})',
                "{{problem}} {{state}}",
            ),
            about="Predictions whose outcome should be known by now, and those whose outcome is.",
            width=12,
        ),
    )


def _predictions() -> tuple[Panel, ...]:
    return (
        graph(
            "By band",
            PER_SECOND,
            Query(
                f"sum by (problem, band) (rate(api_predictions_total{{{_ONE}}}[{RATE}]))",
                "{{problem}} {{band}}",
            ),
            about="Records scored in a second, by the band of their risk.",
            stacked=True,
        ),
        density(
            "Risks",
            SHARE,
            Query(f"sum by (le) (increase(api_predicted_risk_bucket{{{_ONE}}}[{RATE}]))", "{{le}}"),
            about="How many predictions gave which risk.",
        ),
        bars(
            "Inputs that are left out",
            SHARE,
            Query(
                "topk(15,"
                f" sum by (problem, input) (rate(api_missing_inputs_total{{{_OF}}}[1h]))"
                " / on (problem) group_left"
                f" sum by (problem) (rate(api_predictions_total{{{_OF}}}[1h])))",
                "{{problem}} {{input}}",
            ),
            about="Share of the predictions of the last hour for which an input was not known.",
            alerts=("InputsDrifted",),
        ),
    )


def _drift() -> tuple[Panel, ...]:
    return (
        bars(
            "Inputs that have moved most",
            NUMBER,
            Query(f"topk(15, vigia_input_drift_psi{{{_ONE}}})", "{{problem}} {{input}}"),
            about="Population stability index against the rows that the model learned from.",
            limits=_PSI,
            alerts=("InputsDrifted",),
        ),
        graph(
            "Drifted inputs",
            COUNT,
            Query(
                f"sum by (problem, version) (vigia_input_drifted{{{_ONE}}})",
                "{{problem}} {{version}}",
            ),
            about="How many inputs count as drifted. At three somebody looks.",
            limits=Limits(1, 3),
            alerts=("InputsDrifted",),
        ),
        graph(
            "Drift of the risks",
            NUMBER,
            Query(f"vigia_prediction_drift_psi{{{_ONE}}}", "{{problem}} {{version}} {{class}}"),
            about="Population stability index of the risks against those of the test part.",
            limits=_PSI,
            alerts=("PredictionsDrifted",),
        ),
        bars(
            "Missing more often than it was",
            SHARE,
            Query(
                "topk(15,"
                f' sum by (problem, input) (vigia_input_missing_share{{{_ONE},in="window"}})'
                " - sum by (problem, input)"
                f' (vigia_input_missing_share{{{_ONE},in="reference"}}) > 0)',
                "{{problem}} {{input}}",
            ),
            about="Change of an input's missing share against the rows of the training.",
            limits=Limits(0.05, 0.15),
            alerts=("InputsDrifted",),
        ),
        graph(
            "Shares of the classes",
            SHARE,
            Query(f"vigia_predicted_class_share{{{_ONE}}}", "{{problem}} {{class}}, {{in}}"),
            about="How often each class is the likeliest: now, and on the test part.",
            alerts=("PredictionsDrifted",),
        ),
        listing(
            "The monitor's last look",
            AGE,
            Query(f"time() - vigia_monitoring_timestamp_seconds{{{_ONE}}}", "before"),
            about="When drift and performance were last looked at.",
            columns=_MODEL,
            alerts=("MonitorLate",),
        ),
    )


def _training() -> tuple[Panel, ...]:
    return (
        density(
            "Shadow against production",
            NUMBER,
            Query(
                "sum by (le) (increase(api_challenger_risk_difference_bucket"
                f'{{problem=~"$problem"}}[{RATE}]))',
                "{{le}}",
            ),
            about="Differences between the risks of a challenger and those that were answered.",
        ),
        graph(
            "Missed by the challenger",
            PER_SECOND,
            Query(
                'sum by (problem, reason) (rate(api_challenger_missed_total{problem=~"$problem"}'
                f"[{RATE}]))",
                "{{problem}} {{reason}}",
            ),
            about="Records that a challenger was meant to score and did not.",
        ),
        listing(
            "Training asked for",
            COUNT,
            Query(
                'max by (problem, version) (vigia_retraining_wanted{problem=~"$problem"})', "wanted"
            ),
            about="1 where the monitor's last decision was to train anew.",
            columns=_MODEL,
        ),
    )

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests;

/// <summary>What bad arguments and bad columns meet, type and words, as Microsoft.ML 5.0 puts it.</summary>
public sealed class ErrorTextTests
{
    private static readonly MLContext _ml = new(1);
    private static readonly IDataView _data = _ml.Data.LoadFromEnumerable(Row.Make(40));

    private static readonly Dictionary<string, (Type Error, string Message, Func<object> Run)> _cases = new()
    {
        ["no label name"] = (typeof(ArgumentOutOfRangeException), "name cannot be null or empty", () => Binary.FastTree(null, "V")),
        ["an empty weight name"] = (typeof(ArgumentOutOfRangeException), "name cannot be null or empty", () => Binary.LbfgsLogisticRegression("B", "V", "")),
        ["a missing weight"] = (typeof(ArgumentOutOfRangeException), "Could not find weight column 'Nope'", () => Binary.FastTree("B", "V", "Nope").Fit(_data)),
        ["weights of text"] = (typeof(ArgumentOutOfRangeException), "Schema mismatch for weight column 'S': expected Single, got String", () => Binary.FastTree("B", "V", "S").Fit(_data)),
        ["nothing to fit"] = (typeof(NullReferenceException), "", () => Binary.FastTree("B", "V").Fit(null)),
        ["features missing when scored"] = (typeof(ArgumentOutOfRangeException), "V column 'Feature' not found", () => Lbfgs().Transform(Without("V"))),
        ["a short row scored"] = (typeof(InvalidOperationException), "Input is of length 2, but predictor expected length 3", () => _ml.Model.CreatePredictionEngine<Features, Scored>(Lbfgs()).Predict(new Features { V = [1, 2] })),
        ["no row to score"] = (typeof(ArgumentNullException), "", () => _ml.Model.CreatePredictionEngine<Features, Scored>(Lbfgs()).Predict(null!)),
        ["a negative bag"] = (typeof(ArgumentOutOfRangeException), "Must be non-negative.", () => Binary.FastForest(new FastForestBinaryTrainer.Options { LabelColumnName = "B", FeatureColumnName = "V", BaggingSize = -1 }).Fit(_data)),
        ["a share above one"] = (typeof(ArgumentOutOfRangeException), "Must be between 0 and 1.", () => Binary.FastForest(new FastForestBinaryTrainer.Options { LabelColumnName = "B", FeatureColumnName = "V", FeatureFraction = 1.5 }).Fit(_data)),
        ["no threads for trees"] = (typeof(ArgumentOutOfRangeException), "Must be positive.", () => Binary.FastTree(new FastTreeBinaryTrainer.Options { LabelColumnName = "B", FeatureColumnName = "V", NumberOfThreads = 0 }).Fit(_data)),
        ["no threads for L-BFGS"] = (typeof(ArgumentOutOfRangeException), "Must be positive (or empty for default)", () => Binary.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 0 })),
        ["no threads for SDCA"] = (typeof(ArgumentOutOfRangeException), "The number of threads must be either null or a positive integer.", () => _ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { LabelColumnName = "X", FeatureColumnName = "V", NumberOfThreads = 0 }).Fit(_data)),
        ["a negative L2 penalty"] = (typeof(ArgumentOutOfRangeException), "L2 constant must be non-negative.", () => _ml.Regression.Trainers.Sdca("X", "V", l2Regularization: -1)),
        ["an infinite L2 penalty"] = (typeof(ArgumentOutOfRangeException), "Cannot initialize linear predictor with non-finite weights", () => Binary.SdcaLogisticRegression("B", "V", l2Regularization: float.PositiveInfinity).Fit(_data)),
        ["a tolerance above one"] = (typeof(ArgumentOutOfRangeException), "Convergence tolerance must be positive and no larger than 1.", () => _ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { ConvergenceTolerance = 2 })),
        ["a long row for trees"] = (typeof(IndexOutOfRangeException), "", () => Binary.FastTree("B", "V").Fit(WithLongRow())),
        ["a long row for SDCA"] = (typeof(InvalidOperationException), "", () => Binary.SdcaLogisticRegression("B", "V").Fit(WithLongRow())),
        ["a long row for means"] = (typeof(IndexOutOfRangeException), "", () => _ml.Transforms.NormalizeMeanVariance("V").Fit(WithLongRow())),
        ["no vector for means"] = (typeof(InvalidOperationException), "", () => Transformed(_ml.Transforms.NormalizeMeanVariance("V"), _ml.Data.LoadFromEnumerable(new[] { new Features { V = [1, 2, 3] }, new Features { V = null! }, new Features { V = [4, 5, 6] } }))),
        ["a long row for ranges"] = (typeof(InvalidOperationException), "", () => _ml.Transforms.NormalizeMinMax("V").Fit(WithLongRow())),
        ["an infinite L1 penalty"] = (typeof(InvalidOperationException), "Optimizer unable to proceed with loss function yielding NaN", () => Binary.LbfgsLogisticRegression("B", "V", l1Regularization: float.PositiveInfinity).Fit(_data)),
        ["one bin"] = (typeof(InvalidOperationException), "", () => Binary.FastTree(new FastTreeBinaryTrainer.Options { LabelColumnName = "B", FeatureColumnName = "V", MaximumBinCountPerFeature = 1 }).Fit(_data)),
        ["classes below zero"] = (typeof(ArgumentOutOfRangeException), "Training label column 'X' contains invalid values for multi-class: -1.", () => OneVersusAll("X").Fit(_data)),
        ["classes that are not whole"] = (typeof(ArgumentOutOfRangeException), "Training label column 'D' contains invalid values for multi-class: 0.5.", () => OneVersusAll("D").Fit(_data)),
        ["classes of no row"] = (typeof(ArgumentOutOfRangeException), "Training label column 'X' contains no valid values for multi-class.", () => OneVersusAll("X").Fit(_ml.Data.TakeRows(_ml.Data.FilterRowsByColumn(_data, "X", 100), 1))),
        ["classes as numbers"] = (typeof(NotSupportedException), "Label column type is not supported by OneVersusAllTrainer: System.Single", () => OneVersusAll("W").Fit(_data)),
        ["no label name for classes"] = (typeof(ArgumentNullException), "Label column should not be null.", () => _ml.MulticlassClassification.Trainers.OneVersusAll(Binary.LbfgsLogisticRegression("K", "V"), null)),
        ["nothing to tell apart"] = (typeof(ArgumentNullException), "Value cannot be null. (Parameter 'data')", () => OneVersusAll("K").Fit(null)),
        ["an unnamed output"] = (typeof(ArgumentOutOfRangeException), "outputColumnName cannot be null or empty", () => _ml.Transforms.Concatenate(null, "X")),
        ["an unnamed input"] = (typeof(ArgumentOutOfRangeException), "Contained some null or empty items", () => _ml.Transforms.Concatenate("All", "X", null)),
        ["other types in a chain"] = (typeof(InvalidOperationException), "Concatenated columns should have the same type. Column 'D' has type of Double, but expected column type is Single.", () => _ml.Transforms.Concatenate("All", "X", "D").Append(Binary.FastTree("B", "All")).Fit(_data)),
        ["a copy of no column"] = (typeof(ArgumentOutOfRangeException), "columns cannot be null or empty", () => _ml.Transforms.CopyColumns("Copy", null)),
        ["nothing to drop"] = (typeof(InvalidOperationException), "Neither keepColumns and dropColumns is set. Exactly one must be specified.", () => _ml.Transforms.DropColumns()),
        ["an unnamed column dropped"] = (typeof(ArgumentOutOfRangeException), "Could not find input column ''", () => _ml.Transforms.DropColumns("X", null).Fit(_data)),
        ["an unnamed normalizer"] = (typeof(ArgumentOutOfRangeException), "name cannot be null or empty", () => _ml.Transforms.NormalizeMinMax(null, "V")),
        ["text normalized in a chain"] = (typeof(ArgumentOutOfRangeException), "Schema mismatch for input column 'S': expected vector or scalar of Single or Double, got String", () => _ml.Transforms.NormalizeMinMax("S").Append(Binary.FastTree("B", "V")).Fit(_data)),
        ["a variable vector normalized in a chain"] = (typeof(ArgumentOutOfRangeException), "Schema mismatch for input column 'Variable': expected known-size vector or scalar, got VarVector<Single>", () => _ml.Transforms.NormalizeMinMax("Variable").Append(Binary.FastTree("B", "V")).Fit(_data)),
        ["normalizing another precision"] = (typeof(InvalidOperationException), "", () => _ml.Transforms.CopyColumns("X", "D").Fit(_data) is var copy && _ml.Transforms.NormalizeMinMax("X").Fit(_data).Transform(copy.Transform(_data)).GetColumn<float>("X").Any()),
        ["an unknown data kind"] = (typeof(InvalidOperationException), "Bad data kind", () => _ml.Transforms.Conversion.ConvertType("X", outputKind: (DataKind)99).Fit(_data)),
        ["a conversion that is none"] = (typeof(ArgumentOutOfRangeException), "Don't know how to convert B into TimeSpan", () => _ml.Transforms.Conversion.ConvertType("B", outputKind: DataKind.TimeSpan).Append(Binary.FastTree("B", "V")).Fit(_data)),
        ["no keys at most"] = (typeof(ArgumentOutOfRangeException), "Must be positive", () => _ml.Transforms.Conversion.MapValueToKey("S", maximumNumberOfKeys: 0).Fit(_data)),
        ["keys of another type"] = (typeof(InvalidOperationException), "Could not apply a map over type 'String' to column 'S' since it has type 'Single'", () => _ml.Transforms.Conversion.MapValueToKey("S").Fit(_data).Transform(_ml.Transforms.CopyColumns("S", "X").Fit(_data).Transform(_data))),
        ["components of text weights"] = (typeof(ArgumentOutOfRangeException), "", () => _ml.Transforms.ProjectToPrincipalComponents("V", "V", "S", rank: 1).Fit(_data)),
        ["components of a short row"] = (typeof(ArgumentOutOfRangeException), "", () => _ml.Transforms.ProjectToPrincipalComponents("V", rank: 1).Fit(_ml.Data.LoadFromEnumerable(new[] { new Features { V = [1, 2] } }))),
        ["components of another size"] = (typeof(ArgumentOutOfRangeException), "Schema mismatch for input column 'V': expected Vector<Single, 3>, got Vector<Single, 4>", () => _ml.Transforms.ProjectToPrincipalComponents("V", rank: 1).Fit(_data).Transform(_ml.Data.LoadFromEnumerable(new[] { new Wider() })).GetColumn<float[]>("V").First()),
        ["an unnamed filter"] = (typeof(ArgumentOutOfRangeException), "columnName cannot be null or empty", () => _ml.Data.FilterRowsByColumn(_data, null)),
        ["no columns for a cursor"] = (typeof(ArgumentNullException), "Value cannot be null. (Parameter 'columnsNeeded')", () => _data.GetRowCursor((IEnumerable<DataViewSchema.Column>)null!)),
        ["columns of another table"] = (typeof(InvalidOperationException), "The requested column: Variable: Vector<Single> is not part of the sourceSchema", () => _ml.Data.LoadFromEnumerable(new[] { new Features() }).GetRowCursor([_data.Schema["Variable"]])),
        ["a scalar member for a vector"] = (typeof(ArgumentOutOfRangeException), "Column 'X' is supposed to be vector, but type of associated field 'X' is scalar", () => Load("X", new VectorDataViewType(NumberDataViewType.Single, 2))),
        ["a vector member for a scalar"] = (typeof(ArgumentOutOfRangeException), "Column 'V' is supposed to be scalar, but type of associated field 'V' is vector", () => Load("V", NumberDataViewType.Single)),
        ["a scalar read as an array"] = (typeof(ArgumentOutOfRangeException), "Cannot load vector type, Single, specified in column to the user-defined type, System.Single[].", () => _data.GetColumn<float[]>("X")),
        ["no label to evaluate"] = (typeof(ArgumentOutOfRangeException), "labelColumnName cannot be null or empty", () => _ml.BinaryClassification.Evaluate(_data, null)),
        ["no probability to evaluate"] = (typeof(ArgumentOutOfRangeException), "probabilityColumnName cannot be null or empty", () => _ml.BinaryClassification.Evaluate(Lbfgs().Transform(_data), "B", probabilityColumnName: null)),
        ["a scalar score for classes"] = (typeof(ArgumentOutOfRangeException), "Schema mismatch for score column 'X': expected vector of two or more items of type Single, got Single", () => _ml.MulticlassClassification.Evaluate(_data, "K", "X", "K")),
        ["fewer than no best classes"] = (typeof(ArgumentOutOfRangeException), "Must be non-negative", () => _ml.MulticlassClassification.Evaluate(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("K", "V").Fit(_data).Transform(_data), "K", topKPredictionCount: -1)),
        ["a model without a path"] = (typeof(ArgumentOutOfRangeException), "filePath cannot be null or empty", () => _ml.Model.Load((string)null!, out _)),
        ["a path without a folder"] = (typeof(DirectoryNotFoundException), "Could not find a part of the path", () => Save(Path.Combine(Path.GetTempPath(), "no-such-folder", "model.zip"))),
        ["a folder for a path"] = (typeof(UnauthorizedAccessException), "Access to the path", () => Save(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))),
        ["another zip"] = (typeof(InvalidOperationException), "Could not load legacy format model", () => _ml.Model.Load(OtherZip(), out _)),
    };

    public static TheoryData<string> Names => [.. _cases.Keys];

    private static BinaryClassificationCatalog.BinaryClassificationTrainers Binary => _ml.BinaryClassification.Trainers;

    [Theory, MemberData(nameof(Names))]
    public void TheErrorIsTheOfficialOne(string name)
    {
        var (type, message, run) = _cases[name];

        var error = Record.Exception(() => { run(); });

        Assert.IsType(type, error);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static ITransformer Lbfgs() => Binary.LbfgsLogisticRegression("B", "V").Fit(_data);

    private static OneVersusAllTrainer OneVersusAll(string label) =>
        _ml.MulticlassClassification.Trainers.OneVersusAll(Binary.LbfgsLogisticRegression(label, "V"), label);

    private static IDataView Without(string column) => _ml.Transforms.DropColumns(column).Fit(_data).Transform(_data);

    private static float[][] Transformed(IEstimator<ITransformer> estimator, IDataView data) => [.. estimator.Fit(data).Transform(data).GetColumn<float[]>("V")];

    private static IDataView WithLongRow()
    {
        var rows = Row.Make(40);
        rows[7].V = [1, 2, 3, 4];
        return _ml.Data.LoadFromEnumerable(rows);
    }

    private static IDataView Load(string column, DataViewType type)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[column].ColumnType = type;
        return _ml.Data.LoadFromEnumerable(Row.Make(1), definition);
    }

    private static object Save(string path)
    {
        _ml.Model.Save(Lbfgs(), _data.Schema, path);
        return path;
    }

    private static MemoryStream OtherZip()
    {
        var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("readme.txt");
        stream.Position = 0;
        return stream;
    }

    private sealed class Row
    {
        public bool B { get; set; }

        public double D { get; set; }

        [KeyType(3)]
        public uint K { get; set; }

        public string S { get; set; } = "a";

        [VectorType(3)]
        public float[] V { get; set; } = [];

        public float[] Variable { get; set; } = [1];

        public float W { get; set; } = 1;

        public float X { get; set; }

        public static Row[] Make(int count) =>
            [.. Enumerable.Range(0, count).Select(i => new Row { B = i % 3 == 0, D = i + 0.5, K = (uint)i % 3, V = [i % 7, i % 5, 1], X = i - 1 })];
    }

    private sealed class Features
    {
        [VectorType(3)]
        public float[] V { get; set; } = [];
    }

    private sealed class Wider
    {
        [VectorType(4)]
        public float[] V { get; set; } = [1, 2, 3, 4];
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}

using MLNetModelSpace;

namespace Examples;

/// <summary>The datasets and classes that the examples' command lines name.</summary>
internal static class ExampleDataset
{
    /// <summary>The dataset of that name, from a folder or, for Fashion-MNIST, the embedded images.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or it needs a folder.</exception>
    public static ImageDataset Load(string name, string? folder) => (name, folder) switch
    {
        ("fashion-mnist", _) => ImageDataset.LoadFashionMnist(folder ?? Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist")),
        ("cifar10", { }) => ImageDataset.LoadCifar10(folder),
        ("cifar10", null) => throw new ArgumentException("--dataset cifar10 needs --data, the folder with data_batch_*.bin, test_batch.bin and batches.meta.txt."),
        _ => throw new ArgumentException($"'{name}' is no dataset; known are fashion-mnist and cifar10."),
    };

    /// <summary>The names of two different classes given as <c>A,B</c>, by name or number.</summary>
    /// <exception cref="ArgumentException">There are not two, one is unknown, or they are the same.</exception>
    public static string[] Pair(ImageDataset dataset, string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length != 2)
            throw new ArgumentException($"--classes is '{text}'; expected two classes, A,B.");
        string[] names = [.. parts.Select(part => dataset.ClassNames[dataset.ClassIndex(part)])];
        return names[0] != names[1]
            ? names
            : throw new ArgumentException($"--classes names '{names[0]}' twice; expected two different classes.");
    }
}

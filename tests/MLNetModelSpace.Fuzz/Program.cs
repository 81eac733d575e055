using System.Globalization;
using MLNetModelSpace.Fuzz;
using SharpFuzz;

// dotnet run -c Release --project tests/MLNetModelSpace.Fuzz -- safetensors 1000000
// Damages small whole files at random and has the library read them; ends with 1 at the first that is neither read nor refused as documented.
const string usage = "Usage: TARGET|all [COUNT=30000] [SEED=1], or: TARGET afl, or: TARGET seeds FOLDER";
try
{
    if (args.Length is 0 or > 3)
        throw new ArgumentException(usage);
    if (args is [var afl, "afl"])
    {
        using FuzzTarget target = FuzzTarget.Create(afl);
        Fuzzer.OutOfProcess.Run(stream => ReadAll(target, stream));
        return 0;
    }

    if (args is [var whole, "seeds", var folder])
    {
        using FuzzTarget target = FuzzTarget.Create(whole);
        Directory.CreateDirectory(folder);
        for (int i = 0; i < target.Seeds.Count; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{whole}-{i}"), target.Seeds[i]);
        return 0;
    }

    long count = args.Length > 1 ? Number(args[1], long.MaxValue) : 30_000;
    int seed = args.Length > 2 ? (int)Number(args[2], int.MaxValue) : 1;
    foreach (string name in args[0] == "all" ? FuzzTarget.Names : [args[0]])
    {
        using FuzzTarget target = FuzzTarget.Create(name);
        DamageReport all = DamagedFiles.Try(target, name, count, seed, (done, report) =>
        {
            if (done % 100_000 == 0 && done < count)
                Console.WriteLine($"{name}, seed {seed}: {done} damages, {report}");
        });
        Console.WriteLine($"{name}, seed {seed}: {count} damages, {all}");
    }

    return 0;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
catch (DamageException error)
{
    string path = Path.Combine(Path.GetTempPath(), $"damaged-{Guid.NewGuid():N}");
    File.WriteAllBytes(path, error.File);
    Console.Error.WriteLine($"{error.Message}\nThe damaged file: {path}\n{error.InnerException}");
    return 1;
}

static long Number(string text, long most) =>
    long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= most ? number : throw new ArgumentException($"'{text}' is no whole number from 0 to {most}. {usage}");

static void ReadAll(FuzzTarget target, Stream stream)
{
    using var file = new MemoryStream();
    stream.CopyTo(file);
    try
    {
        target.Read(file.ToArray());
    }
    catch (Exception error) when (target.IsRefusal(error))
    {
        // As it should be.
    }
}
